import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import jsonpatch from "fast-json-patch";
import { manifestsPath, render } from "../manifests/rendered.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
} from "../support/shared-control-plane.ts";
import { repository, skaffold, withProfiles } from "./profiles.ts";
import { findSchemaFile } from "./schema-file.ts";

/** The first run downloads the schema. */
const downloadTimeoutMs = 150_000;

/** Everything that `key` has somewhere in `value`. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === key ? [one] : valuesOf(key, one),
  );
}

const combinations = [
  { name: "skaffold run", profiles: [], overlay: "manifests/overlays/kourier" },
  {
    name: "skaffold run -p kourier",
    profiles: ["kourier"],
    overlay: "manifests/overlays/kourier",
  },
  {
    name: "skaffold run -p deployment",
    profiles: ["deployment"],
    overlay: "manifests/overlays/deployment",
  },
  // Profiles that come by themselves are applied before those that are named.
  {
    name: "skaffold dev",
    profiles: ["development"],
    overlay: "tests/skaffold",
  },
  {
    name: "skaffold dev -p kourier",
    profiles: ["development", "kourier"],
    overlay: "tests/skaffold",
  },
  {
    name: "skaffold dev -p deployment",
    profiles: ["development", "deployment"],
    overlay: "manifests/overlays/deployment",
  },
] as const;

describe("skaffold.yaml", () => {
  it("is of a version that is known", () => {
    expect(skaffold.apiVersion).to.equal("skaffold/v4beta13");
  });

  it("is what Skaffold's own schema allows, with each profile", async function () {
    this.timeout(downloadTimeoutMs);
    const file = await findSchemaFile(skaffold.apiVersion).catch(
      (error: unknown) => {
        const cause = error instanceof Error ? error.cause : undefined;
        if ((cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT")
          throw error;
        process.stderr.write(
          `Skipping "${this.test?.fullTitle()}": there is no go on the PATH to download the schema with\n`,
        );
        return this.skip();
      },
    );
    // Its keywords for editors are not those of JSON Schema.
    const ajv = new Ajv({ strict: false, allErrors: true });
    const validate = ajv.compile(
      JSON.parse(readFileSync(file, "utf8")) as object,
    );
    for (const { profiles, name: command } of combinations) {
      const valid = validate(withProfiles(...profiles));
      expect(valid, `${command}: ${ajv.errorsText(validate.errors)}`).to.equal(
        true,
      );
    }
  });

  it("comes into development by `skaffold dev` alone", () => {
    const activated = skaffold.profiles.filter(({ activation }) => activation);
    expect(activated.map(({ name }) => name)).to.deep.equal(["development"]);
    expect(activated[0]?.activation).to.deep.equal([{ command: "dev" }]);
  });

  it("builds by Dockerfiles that are there, and the stage that it names", () => {
    const { build } = withProfiles("development");
    const targets = build?.artifacts.map(({ image, docker, sync }) => {
      const dockerfile = readFileSync(
        path.join(repository, docker.dockerfile),
        "utf8",
      );
      if (docker.target !== undefined)
        expect(dockerfile).to.match(
          new RegExp(`^FROM \\S+ AS ${docker.target}$`, "m"),
        );
      return { image, target: docker.target, synced: sync !== undefined };
    });
    expect(targets).to.deep.equal([
      {
        image: "stateful-deployments/function",
        target: "development",
        synced: true,
      },
      {
        image: "stateful-deployments/janitor",
        target: undefined,
        synced: false,
      },
    ]);
  });

  it("copies each source of the function, and nothing else, to where the stage for development has it", () => {
    const artifact = withProfiles("development").build?.artifacts[0];
    const rules = artifact?.sync?.manual ?? [];
    const isSynced = (file: string): boolean =>
      rules.some(({ src }) => path.posix.matchesGlob(file, src));
    for (const file of [
      "functions/main.ts",
      "functions/pod/owner.ts",
      "functions/template/claim-template.validate.generated.js",
    ])
      expect(isSynced(file), file).to.equal(true);
    for (const file of [
      "functions/Dockerfile",
      "janitor/main.ts",
      "package-lock.json",
    ])
      expect(isSynced(file), file).to.equal(false);
    const dockerfile = readFileSync(
      path.join(repository, artifact?.docker.dockerfile ?? ""),
      "utf8",
    );
    const stage = /AS development\n([^]*?)\n\n/.exec(dockerfile)?.[1];
    for (const { dest } of rules)
      expect(stage).to.match(new RegExp(`^WORKDIR ${dest}$`, "m"));
  });

  describe("installs", () => {
    before(async function () {
      this.timeout(startTimeoutMs);
      skipWithout(this, await sharedControlPlane(), "kubectl");
    });

    for (const { name, profiles, overlay } of combinations) {
      it(`the overlay with the images that it builds: ${name}`, async () => {
        const made = withProfiles(...profiles);
        expect(made.manifests?.kustomize.paths).to.deep.equal([overlay]);
        const objects = await render(
          await sharedControlPlane(),
          path.join(repository, overlay),
        );
        const images = valuesOf("image", objects).map((image) =>
          String(image).replace(/:[^:/]*$/, ""),
        );
        expect([...new Set(images)].toSorted()).to.deep.equal(
          made.build?.artifacts.map(({ image }) => image).toSorted(),
        );
        for (const forward of made.portForward ?? []) {
          const target = objects.find(
            ({ apiVersion, kind, metadata }) =>
              apiVersion === "v1" &&
              kind === forward.resourceType &&
              metadata?.name === forward.resourceName &&
              metadata.namespace === forward.namespace,
          );
          expect(valuesOf("port", target), forward.resourceName).to.include(
            forward.port,
          );
        }
      });
    }

    it("for development, nothing else than kourier but that a Pod always runs", async () => {
      const controlPlane = await sharedControlPlane();
      const usual = await render(
        controlPlane,
        manifestsPath("overlays/kourier"),
      );
      const development = await render(controlPlane, import.meta.dirname);
      const differences = jsonpatch.compare(usual, development);
      expect(
        differences.map((operation) => ({
          ...operation,
          path: operation.path.replace(/^\/\d+/, ""),
        })),
      ).to.deep.equal([
        {
          op: "replace",
          path: "/spec/template/metadata/annotations/autoscaling.knative.dev~1min-scale",
          value: "1",
        },
      ]);
    });
  });
});
