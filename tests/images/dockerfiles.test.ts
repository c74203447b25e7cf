import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { readFinalStage } from "../e2e/our-images.ts";

const repository = path.join(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(repository, file), "utf8");
}

/** The stage that makes the bundle, without comments. */
function buildStage(program: string): string {
  const text = read(`${program}/Dockerfile`).replaceAll(/^#.*\n/gm, "");
  return /^ARG BUILD_IMAGE[^]*?RUN npm run build$/m.exec(text)?.[0] ?? "";
}

describe("the Dockerfiles", () => {
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

    it(`of the ${name} has the version of package.json, which the manifests ask for`, () => {
      expect(text).to.include(`org.opencontainers.image.version="${version}"`);
      for (const file of manifests)
        expect(
          new Set(read(`manifests/${file}`).match(/(?<=image: )\S+/g)),
          file,
        ).to.deep.equal(new Set([`stateful-deployments/${name}:${version}`]));
    });
  }

  it("build in the same way", () => {
    expect(buildStage("functions")).to.include("RUN npm ci");
    expect(buildStage("functions")).to.equal(buildStage("janitor"));
  });
});
