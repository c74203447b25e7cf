import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { build } from "esbuild";
import { OPTIONS } from "../../bundle/options.ts";
import { copiedSources } from "../support/copied-sources.ts";
import { readFinalStage } from "../e2e/our-images.ts";

const repository = path.join(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(repository, file), "utf8");
}

/** The stage that makes the bundle, without comments, up to the sources of the program. */
function startOfBuild(program: string): string {
  const text = read(`${program}/Dockerfile`).replaceAll(/^#.*\n/gm, "");
  return /^ARG BUILD_IMAGE[^]*?COPY bundle bundle$/m.exec(text)?.[0] ?? "";
}

/** Files of the repository that these sources import, and they themselves. */
async function filesOf(options: object, source: string): Promise<string[]> {
  const { metafile } = await build({
    ...options,
    entryPoints: [source],
    absWorkingDir: repository,
    bundle: true,
    outdir: "nowhere",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs).filter((file) =>
    /^(?!node_modules\/)[\w./-]+$/.test(file),
  );
}

/** A program has a folder. Of the folder of another program it may share some folders, not all. */
function folderOf(file: string, program: string): string {
  const [first = "", second = ""] = file.split("/");
  const isShared = ["functions", "janitor"].includes(first);
  return isShared && first !== program ? `${first}/${second}` : first;
}

describe("the Dockerfiles", function () {
  // esbuild reads what client-node consists of.
  this.timeout(60_000);
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { version: string }>;
  };
  const node = packages["node_modules/node"]?.version ?? "";

  for (const { name, program, flags, manifests } of [
    {
      name: "function",
      flags: [],
      program: "functions",
      manifests: ["base/function.yaml", "overlays/deployment/function.yaml"],
    },
    {
      name: "janitor",
      flags: ["--max-semi-space-size=8"],
      program: "janitor",
      manifests: ["base/janitor.yaml", "base/certificates.yaml"],
    },
  ]) {
    const text = read(`${program}/Dockerfile`);

    it(`of the ${name} starts its bundle without a shell, as a user without rights`, () => {
      expect(readFinalStage(text)).to.deep.equal({
        files: [{ from: `/src/dist/${program}/main.js`, to: "/app/main.mjs" }],
        user: "65532:65532",
        env: [
          "NODE_ENV=production",
          "PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin",
        ],
        entrypoint: ["node", ...flags, "/app/main.mjs"],
      });
    });

    it(`of the ${name} builds with the Node of package-lock.json, and runs with one of the same major version`, () => {
      expect(text).to.include(`\nARG BUILD_IMAGE=node:${node}-`);
      const major = node.split(".")[0];
      expect(text).to.match(
        new RegExp(
          `^ARG BASE_IMAGE=\\S+/nodejs${major}-debian\\d+:nonroot$`,
          "m",
        ),
      );
    });

    it(`of the ${name} copies what its bundle imports, and nothing that it does not`, async () => {
      expect(text).to.match(
        new RegExp(`^RUN npm run build -- ${program}$`, "m"),
      );
      const files = [
        // npm and esbuild read these.
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        ...(await filesOf(
          { packages: "external", platform: "node", format: "esm" },
          "build.ts",
        )),
        ...(await filesOf(OPTIONS, `${program}/main.ts`)),
      ];
      const folders = new Set(files.map((file) => folderOf(file, program)));
      expect(copiedSources(text)).to.have.members([...folders]);
    });

    it(`of the ${name} has the version of package.json, which the manifests ask for`, () => {
      expect(text).to.include(`org.opencontainers.image.version="${version}"`);
      for (const file of manifests)
        expect(
          new Set(read(`manifests/${file}`).match(/(?<=image: )\S+/g)),
          file,
        ).to.deep.equal(new Set([`stateful-deployments/${name}:${version}`]));
    });
  }

  it("begin their builds in the same way", () => {
    expect(startOfBuild("functions")).to.include("RUN npm ci");
    expect(startOfBuild("functions")).to.equal(startOfBuild("janitor"));
  });
});
