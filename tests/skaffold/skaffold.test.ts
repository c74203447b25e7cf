import { accessSync, constants, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import jsonpatch from "fast-json-patch";
import type { Operation } from "fast-json-patch";
import { parse } from "yaml";
import { kustomize, manifestsPath, render } from "../manifests/rendered.ts";
import { copiedSources } from "../support/copied-sources.ts";
import { findModuleFiles } from "../support/module-files.ts";

const repository = path.join(import.meta.dirname, "../..");
const VERSION = "v4beta13";
/** The first run downloads the schema, about 45 MB. */
const downloadTimeoutMs = 150_000;

/** An image, and how it is built: by Docker, or by a command. */
interface Artifact {
  readonly image: string;
  readonly docker?: {
    readonly dockerfile: string;
    readonly target?: string;
  };
  readonly custom?: {
    readonly buildCommand: string;
    readonly dependencies: { readonly paths: readonly string[] };
  };
  readonly sync?: {
    readonly manual: readonly {
      readonly src: string;
      readonly dest: string;
    }[];
  };
}

/** The parts of skaffold.yaml that the tests read. */
interface Pipeline {
  readonly build?: { readonly artifacts: readonly Artifact[] };
  readonly deploy?: {
    readonly statusCheck: boolean;
    readonly kubectl: {
      readonly hooks: {
        readonly after: readonly { host: { command: readonly string[] } }[];
      };
    };
  };
  readonly manifests?: { readonly kustomize: { readonly paths: string[] } };
  readonly portForward?: readonly {
    readonly resourceType: string;
    readonly resourceName: string;
    readonly namespace: string;
    readonly port: number;
  }[];
}

interface Skaffold extends Pipeline {
  readonly apiVersion: string;
  readonly profiles: readonly (Pipeline & {
    readonly name: string;
    readonly activation?: readonly { readonly command: string }[];
    readonly patches?: Operation[];
  })[];
}

const read = (file: string): string =>
  readFileSync(path.join(repository, file), "utf8");
const skaffold = parse(read("skaffold.yaml")) as Skaffold;

/** What Skaffold makes of its file with these profiles, one after the other. */
function withProfiles(...names: readonly string[]): Skaffold {
  let made = skaffold;
  for (const name of names) {
    const profile = skaffold.profiles.find((one) => one.name === name);
    if (profile === undefined) throw new Error(`no profile ${name}`);
    const { patches = [], name: _, activation: __, ...pipeline } = profile;
    const merged = { ...made, ...pipeline };
    made = jsonpatch.applyPatch(merged, patches, true, false).newDocument;
  }
  return made;
}

/** The Dockerfile of an image and the stage that is built, the last one if it is not named. */
function stageOf({ docker, custom }: Artifact): {
  readonly dockerfile: string;
  readonly target: string | undefined;
} {
  if (docker !== undefined)
    return { dockerfile: docker.dockerfile, target: docker.target };
  const [, dockerfile = "", ...options] = custom?.buildCommand.split(" ") ?? [];
  const target = options.find((option) => option.startsWith("--target="));
  return { dockerfile, target: target?.replace("--target=", "") };
}

/** All values of `key` in `value`. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === key ? [one] : valuesOf(key, one),
  );
}

const KOURIER = "manifests/overlays/kourier";
const DEPLOYMENT = "manifests/overlays/deployment";
const KOURIER_DEV = "tests/skaffold/kourier";
const DEPLOYMENT_DEV = "tests/skaffold/deployment";

/** Skaffold applies the profiles that a command activates before those that are named. */
const COMMANDS: readonly [
  command: string,
  overlay: string,
  ...profiles: string[],
][] = [
  ["skaffold run", KOURIER],
  ["skaffold run -p kourier", KOURIER, "kourier"],
  ["skaffold run -p deployment", DEPLOYMENT, "deployment"],
  ["skaffold dev", KOURIER_DEV, "development"],
  ["skaffold dev -p kourier", KOURIER_DEV, "development", "kourier"],
  [
    "skaffold dev -p deployment-dev",
    DEPLOYMENT_DEV,
    "development",
    "deployment-dev",
  ],
  ["skaffold run -p buildah", KOURIER, "buildah"],
  [
    "skaffold run -p buildah -p deployment",
    DEPLOYMENT,
    "buildah",
    "deployment",
  ],
  ["skaffold dev -p buildah-dev", KOURIER_DEV, "development", "buildah-dev"],
  [
    "skaffold dev -p buildah-dev -p deployment-dev",
    DEPLOYMENT_DEV,
    "development",
    "buildah-dev",
    "deployment-dev",
  ],
];

describe("skaffold.yaml", function () {
  this.timeout(30_000);
  const kubectl = kustomize();

  it("matches Skaffold's schema with each profile", async function () {
    this.timeout(downloadTimeoutMs);
    expect(skaffold.apiVersion).to.equal(`skaffold/${VERSION}`);
    const [file = ""] = await findModuleFiles({
      title: "The schemas of skaffold.yaml",
      name: `skaffold-schema-${VERSION}`,
      pinned: path.join(repository, "tests/e2e/components/skaffold/go"),
      sources: {
        "github.com/GoogleContainerTools/skaffold/v2": {
          directory: "docs-v2/content/en/schemas",
          files: new RegExp(`^${VERSION}\\.json$`),
        },
      },
    }).catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined;
      if ((cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT")
        throw error;
      process.stderr.write(
        `Skipping "${this.test?.fullTitle()}": there is no go on the PATH to download the schema with\n`,
      );
      return this.skip();
    });
    // It has keywords for editors that JSON Schema does not know.
    const ajv = new Ajv({ strict: false, allErrors: true });
    const validate = ajv.compile(
      JSON.parse(readFileSync(file, "utf8")) as object,
    );
    for (const [command, , ...profiles] of COMMANDS) {
      const valid = validate(withProfiles(...profiles));
      expect(valid, `${command}: ${ajv.errorsText(validate.errors)}`).to.equal(
        true,
      );
    }
  });

  it("activates the profile development by `skaffold dev`, and no other by itself", () => {
    const activated = skaffold.profiles.filter(({ activation }) => activation);
    expect(
      activated.map(({ name, activation }) => [name, activation]),
    ).to.deep.equal([["development", [{ command: "dev" }]]]);
  });

  for (const [command, ...profiles] of [
    ["skaffold dev", "development"],
    ["skaffold dev -p buildah-dev", "development", "buildah-dev"],
  ] as const)
    it(`${command} copies each source of the function, and no other file, to the directory of the stage for development`, () => {
      const artifacts = withProfiles(...profiles).build?.artifacts ?? [];
      expect(
        artifacts.map((one) => [stageOf(one).target, one.sync !== undefined]),
      ).to.deep.equal([
        ["development", true],
        [undefined, false],
      ]);
      const [first] = artifacts;
      if (first === undefined) throw new Error("there is no artifact");
      const rules = first.sync?.manual ?? [];
      const files = [
        "functions/main.ts",
        "functions/pod/plan.ts",
        "functions/template/claim-template.validate.generated.js",
      ];
      expect(
        [
          ...files,
          "functions/Dockerfile",
          "janitor/main.ts",
          "package-lock.json",
        ].filter((file) =>
          rules.some(({ src }) => path.posix.matchesGlob(file, src)),
        ),
      ).to.deep.equal(files);
      const stage = /^FROM \S+ AS development\n([^]*?)\n\n/m.exec(
        read(stageOf(first).dockerfile),
      )?.[1];
      for (const { dest } of rules)
        expect(stage).to.match(new RegExp(`^WORKDIR ${dest}$`, "m"));
    });

  it("watches the same files with buildah as with Docker, which watches what a Dockerfile copies", () => {
    for (const profile of ["buildah", "buildah-dev"]) {
      const artifacts = withProfiles(profile).build?.artifacts ?? [];
      expect(artifacts).to.have.lengthOf(2);
      for (const artifact of artifacts) {
        const { dockerfile } = stageOf(artifact);
        expect(
          artifact.custom?.dependencies.paths,
          `${profile}: ${artifact.image}`,
        ).to.deep.equal(copiedSources(read(dockerfile)));
      }
    }
  });

  it("waits until the function is ready after it has created the certificates, and not before", () => {
    const { deploy } = skaffold;
    expect(deploy?.statusCheck).to.be.false;
    const [hook] = deploy?.kubectl.hooks.after ?? [];
    const [script = ""] = hook?.host.command ?? [];
    accessSync(path.join(repository, script), constants.X_OK);
    expect(read(script)).to.match(
      /^\tkubectl create job [^]*^\tkubectl wait ksvc\/function /m,
    );
  });

  for (const [command, overlay, ...profiles] of COMMANDS)
    it(`${command} installs ${overlay} with the images that it builds`, async () => {
      const made = withProfiles(...profiles);
      expect(made.manifests?.kustomize.paths).to.deep.equal([overlay]);
      const objects = await render(kubectl, path.join(repository, overlay));
      const images = valuesOf("image", objects).map((image) =>
        String(image).replace(/:[^:/]*$/, ""),
      );
      expect([...new Set(images)].toSorted()).to.deep.equal(
        made.build?.artifacts.map(({ image }) => image).toSorted(),
      );
      for (const artifact of made.build?.artifacts ?? []) {
        read(stageOf(artifact).dockerfile);
        const [script] = artifact.custom?.buildCommand.split(" ") ?? [];
        if (script !== undefined)
          accessSync(path.join(repository, script), constants.X_OK);
      }
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

  for (const { overlay, title, changes } of [
    {
      overlay: "kourier",
      title: "with one Pod that always runs, and without a liveness probe",
      changes: [
        {
          op: "remove",
          path: "/spec/template/spec/containers/0/livenessProbe",
        },
        {
          op: "replace",
          path: "/spec/template/metadata/annotations/autoscaling.knative.dev~1min-scale",
          value: "1",
        },
      ],
    },
    {
      overlay: "deployment",
      title: "with one Pod, and without a liveness probe",
      changes: [
        {
          op: "remove",
          path: "/spec/template/spec/containers/0/livenessProbe",
        },
        { op: "replace", path: "/spec/replicas", value: 1 },
      ],
    },
  ] as const)
    it(`installs for development what ${overlay} has, ${title}`, async () => {
      const differences = jsonpatch.compare(
        await render(kubectl, manifestsPath(`overlays/${overlay}`)),
        await render(kubectl, path.join(import.meta.dirname, overlay)),
      );
      expect(
        differences.map((operation) => ({
          ...operation,
          path: operation.path.replace(/^\/\d+/, ""),
        })),
      ).to.deep.equal(changes);
    });
});
