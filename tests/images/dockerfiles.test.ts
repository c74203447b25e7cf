import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { readFinalStage } from "../e2e/our-images.ts";

const repository = path.join(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(repository, file), "utf8");
}

const programs = [
  {
    name: "function",
    dockerfile: "functions/Dockerfile",
    bundle: "dist/functions",
    manifests: ["base/function.yaml", "overlays/deployment/function.yaml"],
  },
  {
    name: "janitor",
    dockerfile: "janitor/Dockerfile",
    bundle: "dist/janitor",
    manifests: ["base/janitor.yaml", "base/certificates.yaml"],
  },
] as const;

/** The images that objects of a file of manifests name, wherever they name them. */
function imagesIn(file: string): Set<string> {
  const images = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, one] of Object.entries(value))
      if (key === "image" && typeof one === "string") images.add(one);
      else look(one);
  };
  for (const document of parseAllDocuments(read(file))) look(document.toJS());
  return images;
}

/** The instructions that make the bundle, without comments and without the stage that only one of them has. */
function buildStage(text = ""): string {
  return text
    .replace(/^# For `skaffold dev`[^]*/m, "")
    .replaceAll(/^#.*\n/gm, "")
    .trim();
}

describe("the Dockerfiles", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { version: string }>;
  };

  for (const { name, dockerfile, bundle, manifests } of programs) {
    const text = read(dockerfile);

    it(`of the ${name} starts its bundle, as nobody and without a shell`, () => {
      expect(readFinalStage(text)).to.deep.equal({
        files: [
          { from: `/src/${bundle}/main.js`, to: "/app/main.mjs" },
          {
            from: `/src/${bundle}/seldom-used.cjs`,
            to: "/app/seldom-used.cjs",
          },
        ],
        user: "65532:65532",
        env: [
          "NODE_ENV=production",
          "PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin",
        ],
        entrypoint: ["node", "/app/main.mjs"],
      });
    });

    it(`of the ${name} builds with the Node of package-lock.json, and runs with one of the same major version`, () => {
      const node = packages["node_modules/node"]?.version ?? "";
      expect(text).to.match(
        new RegExp(
          `^ARG BUILD_IMAGE=node:${node.replaceAll(".", "\\.")}-`,
          "m",
        ),
      );
      const [, major] =
        /^ARG BASE_IMAGE=\S+\/nodejs(\d+)-debian\d+:nonroot$/m.exec(text) ?? [];
      expect(major).to.equal(node.split(".")[0]);
    });

    it(`of the ${name} carries the version that package.json has and the manifests ask for`, () => {
      expect(text).to.include(`org.opencontainers.image.version="${version}"`);
      for (const file of manifests)
        expect([...imagesIn(`manifests/${file}`)], file).to.deep.equal([
          `stateful-deployments/${name}:${version}`,
        ]);
    });
  }

  it("build in the same way", () => {
    const [first, second] = programs.map(
      ({ dockerfile }) => read(dockerfile).split(/^# No HEALTHCHECK/m)[0] ?? "",
    );
    expect(buildStage(first)).to.include("RUN npm run build");
    expect(buildStage(first)).to.equal(buildStage(second));
  });
});
