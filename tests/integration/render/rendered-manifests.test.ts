import { copyFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { manifestsAsYaml } from "../../../functions/render/print-manifests.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { renderFiles } from "../../../functions/render/render-files.ts";
import type { RenderedFiles } from "../../../functions/render/render-files.ts";
import { summarizeVolumes } from "../../../functions/render/summary.ts";
import { admissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { applyExample, examplePath } from "../../support/examples.ts";
import { nameOf, readPodsAndClaims } from "../../support/pods-and-claims.ts";

/** What is only known once there is a Pod. */
const OF_THE_CLUSTER =
  /^volume-claim\/(?:owner-(?:kind|name|uid)|request-uid|requested-at)$/;

async function renderedExample(
  name: string,
  namespace?: string,
): Promise<RenderedFiles> {
  const file = examplePath(name);
  return await renderFiles(
    [{ file, text: await readFile(file, "utf8") }],
    namespace,
  );
}

describe("what render shows", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  for (const name of ["disk-cache", "read-write-many", "mounted-only", "job"])
    it(`is what the function makes of ${name}.yaml on a cluster`, async () => {
      const namespace = await applyExample(suite, name);
      const { renderings } = await renderedExample(name, namespace);
      const expected = summarizeVolumes(renderings).reduce(
        (sum, { claims }) => sum + (claims ?? 0),
        0,
      );
      const { pods, claims } = await eventually(
        `${expected} claims`,
        async () => {
          const found = await readPodsAndClaims(suite.core, namespace);
          return found.claims.length === expected && found;
        },
      );
      const shown = renderings.flatMap(({ templates }) =>
        templates.flatMap((template) => template.claims),
      );
      expect(shown).not.to.deep.equal([]);
      const seen = new Set<string>();
      for (const claim of shown) {
        const [prefix = ""] = claim.metadata.name.split("-<hash>");
        const volume = claim.metadata.labels["volume-claim-template/name"];
        // Between the name of a Deployment and that of the volume there is the hash of its ReplicaSet.
        const [workload] = prefix.split(`-${volume}`);
        const made = claims.filter((one) =>
          new RegExp(`^${workload}-.*${volume}-[a-z0-9]{10}$`).test(
            nameOf(one),
          ),
        );
        expect(made, claim.metadata.name).not.to.deep.equal([]);
        const asStored = await stored(namespace, { ...claim });
        for (const one of made) {
          seen.add(nameOf(one));
          expect(comparable(one)).to.deep.equal(comparable(asStored));
        }
      }
      expect([...seen]).to.have.members(claims.map(nameOf));

      const [first] = renderings;
      const ofFirst = pods.filter((pod) =>
        nameOf(pod).startsWith(first?.workload.split("/")[1] ?? "?"),
      );
      expect(ofFirst).not.to.deep.equal([]);
      for (const pod of ofFirst) {
        const placeholder = shown[0]?.metadata.name ?? "";
        const claim = pod.metadata?.labels?.["volume-claim/name"] ?? "";
        const template = JSON.parse(
          JSON.stringify(podTemplateOf(first?.object)).replaceAll(
            placeholder,
            claim,
          ),
        ) as V1Pod;
        expect(pod.metadata?.labels).to.include(
          template.metadata?.labels ?? {},
        );
        expect(pod.spec?.volumes).to.deep.include.members(
          template.spec?.volumes ?? [],
        );
      }
    });

  /** The claim as the API server would store it under a name that it takes. */
  async function stored(
    namespace: string,
    claim: object,
  ): Promise<V1PersistentVolumeClaim> {
    const { stdout, stderr } = await suite.controlPlane.kubectl(
      ["create", "--dry-run=server", "-n", namespace, "-o", "json", "-f", "-"],
      { input: JSON.stringify(claim).replaceAll("<hash>", "x") },
    );
    expect(stderr).to.equal("");
    return JSON.parse(stdout) as V1PersistentVolumeClaim;
  }

  it("is refused in the words that kubectl shows", async () => {
    const { problems } = await renderedExample("refused/pod");
    expect(problems).to.have.lengthOf(2);
    const { stderr, exitCode } = await suite.controlPlane.kubectl([
      "create",
      "-f",
      examplePath("refused/pod"),
    ]);
    expect(exitCode).to.equal(1);
    for (const { message } of problems)
      expect(stderr).to.include(message.replace("Pod/scratch: ", ""));
  });

  it("cannot be applied by mistake, which would make all Pods share a claim", async () => {
    const { renderings } = await renderedExample("disk-cache");
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      ["apply", "--dry-run=server", "-f", "-"],
      { input: manifestsAsYaml(renderings) },
    );
    expect(exitCode).to.equal(1);
    expect(stderr)
      .to.include('PersistentVolumeClaim "build-cache-cache-<hash>" is invalid')
      .and.to.include('Deployment.apps "build-cache" is invalid');
  });

  it("is read as kubectl reads it, unquoted texts and numbers among them", async () => {
    const texts =
      "0644 0o644 22:30 190:20:30 2026-01-01 2026-01-01T10:00:00Z yes y n on Off True NULL ~ 1_000 1__0 _1 0x1F 0x -0x10 0b11 -5 +1 .5 -.5 1. 1e3 1e 12e03 08 09.5 0777_7 - . + 1.2.3 0644x 10Gi 100m".split(
        " ",
      );
    const text = `apiVersion: v1
kind: Example
metadata: { name: a }
texts:
${texts.map((one) => `  - ${one}`).join("\n")}
  -
anchor: &a { x: 1, other: on }
merged: { <<: *a, x: 2 }
literal: |
  a
   b
folded: >-
  a
  b
`;
    const { stdout, stderr } = await suite.controlPlane.kubectl(
      ["annotate", "--local", "-o", "json", "-f", "-", "a=b"],
      { input: text },
    );
    expect(stderr).to.equal("");
    const { metadata: _, ...object } = JSON.parse(stdout) as Record<
      string,
      unknown
    >;
    const [manifest] = readManifests({ file: "a.yaml", text }).manifests;
    expect({ ...manifest?.object, metadata: undefined }).to.deep.equal({
      ...object,
      metadata: undefined,
    });
  });

  it("comes of what kustomize prints", async () => {
    const directory = await mkdtemp(
      join(suite.controlPlane.directory, "kustomize-"),
    );
    await copyFile(
      examplePath("disk-cache"),
      join(directory, "disk-cache.yaml"),
    );
    await writeFile(
      join(directory, "kustomization.yaml"),
      `resources: [disk-cache.yaml]
namespace: shop
namePrefix: my-
patches:
  - target: { kind: Deployment }
    patch: |
      - { op: replace, path: /spec/template/metadata/annotations/volume-claim-template~1storage, value: 42Gi }
`,
    );
    const { stdout: text } = await suite.controlPlane.kubectl([
      "kustomize",
      directory,
    ]);
    const { renderings, problems } = await renderFiles([
      { file: "<stdin>", text },
    ]);
    expect(problems).to.deep.equal([]);
    expect(summarizeVolumes(renderings)).to.have.lengthOf(1);
    expect(summarizeVolumes(renderings)[0]).to.include({
      namespace: "shop",
      workload: "Deployment/my-build-cache",
      size: "42Gi",
      claims: 3,
    });
  });
});

/** Labels, annotations and spec of a claim, without what comes of one Pod and of being bound. */
function comparable({ metadata, spec }: V1PersistentVolumeClaim): object {
  return {
    labels: metadata?.labels,
    annotations: Object.fromEntries(
      Object.entries(metadata?.annotations ?? {}).filter(
        ([key]) => !OF_THE_CLUSTER.test(key) && !key.includes("kubernetes.io/"),
      ),
    ),
    spec: { ...spec, volumeName: "" },
  };
}

function podTemplateOf(object: unknown): unknown {
  const { spec } = object as { readonly spec: { readonly template?: unknown } };
  return spec.template ?? object;
}
