import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { planPod } from "../../functions/admission/plan-pod.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { aRequest, cacheAnnotations } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { rendered } from "../functions/render/rendered.ts";
import { installedCluster, words } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { aTemplate, aWorkload, WORKLOAD_KINDS } from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";
import { fieldMessage } from "../../functions/field/field-error.ts";

/** A workload with annotations of its own, where people expect them to work. */
type Annotated = Record<string, unknown> & {
  metadata: { name: string; annotations?: Record<string, string> };
};

function annotated(
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  annotations: Readonly<Record<string, string>> = cacheAnnotations,
): Annotated {
  const workload = aWorkload(kind, template) as unknown as Annotated;
  return {
    ...workload,
    metadata: { ...workload.metadata, annotations: { ...annotations } },
  };
}

describe("hints at kubectl apply", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
    await eventually("the hints are in force", async () => {
      const said = await warningsOf(annotated("Deployment", aTemplate({})));
      return said.length > 0;
    });
  });

  /** The warnings that kubectl prints, without the words of the API server and with sorted keys. */
  async function warningsOf(
    object: object,
    { namespace = "default", dryRun = true } = {},
  ): Promise<string[]> {
    const { stderr, exitCode } = await cluster.controlPlane.kubectl(
      [
        ...words(`apply --filename=- --namespace=${namespace}`),
        ...(dryRun ? ["--dry-run=server"] : []),
      ],
      { input: JSON.stringify(object) },
    );
    expect(exitCode, stderr).to.equal(0);
    const prefix =
      /^Warning: Validation failed for ValidatingAdmissionPolicy 'stateful-deployments-hints' with binding 'stateful-deployments-hints': /;
    return stderr
      .split("\n")
      .filter((line) => line.startsWith("Warning: "))
      .map((line) => sorted(line.replace(prefix, "")));
  }

  for (const kind of WORKLOAD_KINDS)
    it(`name the place of the annotations that are on a ${kind}, in the words of render`, async () => {
      const object = annotated(kind, aTemplate({}));
      const { warnings } = await rendered(JSON.stringify(object));
      const said = await warningsOf(object);
      expect(said).to.have.lengthOf(1);
      expect(
        warnings.map((line) => sorted(line.split("/probe ")[1] ?? "")),
      ).to.deep.equal(said);
      expect(said[0]).to.equal(
        `metadata.annotations: nothing reads volume-claim-template/name, volume-claim-template/storage here; annotations belong on the Pod template, spec.${kind === "CronJob" ? "jobTemplate.spec." : ""}template.metadata.annotations`,
      );
    });

  it("name the place of the annotations that are on the Job template of a CronJob", async () => {
    const object = aWorkload("CronJob", aTemplate({})) as unknown as {
      spec: { jobTemplate: { metadata?: object } };
    };
    object.spec.jobTemplate.metadata = { annotations: cacheAnnotations };
    expect(await warningsOf(object)).to.deep.equal([
      "spec.jobTemplate.metadata.annotations: nothing reads volume-claim-template/name, volume-claim-template/storage here; annotations belong on the Pod template, spec.jobTemplate.spec.template.metadata.annotations",
    ]);
  });

  it("name an annotation that the Pod template has with another value, and those that it does not have", async () => {
    const object = annotated("Deployment", aTemplate(), {
      ...cacheAnnotations,
      "volume-claim-template/storage": "2Gi",
      "volume-claim-template/retention": "Retain",
      "example.com/team": "search",
    });
    expect(await warningsOf(object)).to.deep.equal([
      "metadata.annotations: nothing reads volume-claim-template/retention, volume-claim-template/storage here; annotations belong on the Pod template, spec.template.metadata.annotations",
    ]);
  });

  const silent: readonly [title: string, object: object][] = [
    ["annotations in the right place", aWorkload("Deployment", aTemplate())],
    [
      "annotations that are in both places, as kustomize writes them",
      annotated("Deployment", aTemplate()),
    ],
    [
      "annotations of other programs",
      annotated("Deployment", aTemplate({}), { "example.com/team": "search" }),
    ],
    [
      "a claim under its label",
      aWorkload(
        "Deployment",
        copied("cache", "web-cache-k4vtq2xw8n", {
          "volume-claim/cache": "web-cache-k4vtq2xw8n",
        }),
      ),
    ],
  ];
  for (const [title, object] of silent)
    it(`say nothing about ${title}`, async () => {
      expect(await warningsOf(object)).to.deep.equal([]);
    });

  it("come once with each change of an annotation of ours, and not when controllers write", async () => {
    const namespace = `hints-${Date.now()}`;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    const real = { namespace, dryRun: false };
    const object = annotated("Deployment", aTemplate({}));
    expect(await warningsOf(object, real)).to.have.lengthOf(1);
    await eventually("the ReplicaSet has the annotations", async () => {
      const { stdout } = await cluster.controlPlane.kubectl([
        ...words(`get replicasets --namespace=${namespace}`),
        "--output=jsonpath={.items[*].metadata.annotations}",
      ]);
      return stdout.includes("volume-claim-template/name");
    });
    // By now the controller has written its revision, and kubectl what was applied.
    expect(await warningsOf(object, real)).to.deep.equal([]);
    const more = structuredClone(object);
    Object.assign(more.metadata.annotations ?? {}, { "example.com/x": "y" });
    expect(await warningsOf(more, real)).to.deep.equal([]);
    Object.assign(more.metadata.annotations ?? {}, {
      "volume-claim-template/storage": "2Gi",
    });
    expect(await warningsOf(more, real)).to.have.lengthOf(1);
    // As the Deployment's controller sends its ReplicaSet.
    const set = annotated("ReplicaSet", aTemplate({}));
    const owner = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "probe",
      uid: "0c7a2c1e-6393-11e8-b7cc-42010a800002",
    };
    for (const [controller, count] of [
      [true, 0],
      [false, 1],
    ] as const) {
      const owned = {
        ...set,
        metadata: {
          ...set.metadata,
          ownerReferences: [{ ...owner, controller }],
        },
      };
      expect(await warningsOf(owned)).to.have.lengthOf(count);
    }
  });

  for (const [volume, claim] of [
    ["cache", "web-cache-k4vtq2xw8n"],
    ["v".repeat(63), `${"w".repeat(27)}-${"v".repeat(24)}-k4vtq2xw8n`],
  ] as const)
    it(`name ${claim}, the claim of one Pod in a template, in the words of the function`, async () => {
      const template = copied(volume, claim);
      const plan = await planPod(
        aRequest({ metadata: template.metadata, spec: template.spec } as never),
      );
      if (plan.kind !== "allow") throw new Error(plan.kind);
      const expected = plan.warnings.map(fieldMessage);
      expect(expected).to.have.lengthOf(1);
      for (const kind of WORKLOAD_KINDS)
        expect(await warningsOf(aWorkload(kind, template)), kind).to.deep.equal(
          expected,
        );
    });
});

/** A copy of a Pod: with its claim, and without its labels. */
function copied(
  volume: string,
  claimName: string,
  labels: Record<string, string> = {},
): V1PodTemplateSpec {
  return aTemplate(
    { ...cacheAnnotations, "volume-claim-template/name": volume },
    {
      volumes: [{ name: volume, persistentVolumeClaim: { claimName } }],
      mounts: [volume],
      labels,
    },
  );
}

/** The policy names keys in any order. */
function sorted(text: string): string {
  return text.replace(/(?<=nothing reads ).*?(?= here)/, (keys) =>
    keys.split(", ").toSorted().join(", "),
  );
}
