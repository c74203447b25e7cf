import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { poolOf } from "../../../functions/pool/pool.ts";
import { excludesVolume } from "../../../functions/pool/node-affinity.ts";
import type { NodeConstraints } from "../../../functions/pool/node-affinity.ts";

const REUSE_KEY = "volume-claim-template/reuse-key";
const POOL = "volume-claim-template/pool";

function podOf(
  kind: string | undefined,
  name = "",
  labels: Record<string, string> = {},
  serviceAccountName = "app",
): V1Pod {
  return {
    metadata: {
      labels,
      ...(kind !== undefined && {
        ownerReferences: [
          { apiVersion: "v1", kind, name, uid: "u", controller: true },
        ],
      }),
    },
    spec: { containers: [], serviceAccountName },
  };
}

describe("poolOf", () => {
  for (const [title, pod, name] of [
    [
      "a Deployment",
      podOf("ReplicaSet", "web-6f7d", { "pod-template-hash": "6f7d" }),
      "Deployment web",
    ],
    [
      "a Rollout",
      podOf("ReplicaSet", "web-6f7d", { "rollouts-pod-template-hash": "6f7d" }),
      "Rollout web",
    ],
    [
      "a bare ReplicaSet",
      podOf("ReplicaSet", "web-6f7d"),
      "ReplicaSet web-6f7d",
    ],
    ["a CronJob", podOf("Job", "nightly-29123456"), "CronJob nightly"],
    ["a Job", podOf("Job", "build-17"), "Job build-17"],
    [
      "a Job whose name ends in a date",
      podOf("Job", "import-20260101"),
      "Job import-20260101",
    ],
    [
      "a Job whose name ends in a large number",
      podOf("Job", "import-99991231"),
      "Job import-99991231",
    ],
    [
      "a Knative Service",
      podOf("ReplicaSet", "hello-00001-deployment-6f7d", {
        "pod-template-hash": "6f7d",
        "serving.knative.dev/service": "hello",
      }),
      "Knative Service hello",
    ],
    ["a Pod without a controller", podOf(undefined), undefined],
  ] as const)
    it(`of ${title} is ${name ?? "unknown"}`, () => {
      expect(poolOf(pod, {})?.name).to.equal(name);
    });

  it("is the one that the annotation names, also without a controller", () => {
    for (const pod of [podOf(undefined), podOf("Job", "build-17")])
      expect(poolOf(pod, { [POOL]: "ci" })?.name).to.equal("ci");
  });

  it("has another identity for each workload, pool, service account and reuse-key", () => {
    const rollout = (hash: string): V1Pod =>
      podOf("ReplicaSet", `web-${hash}`, { "pod-template-hash": hash });
    const identities = [
      poolOf(rollout("aaaa"), {}),
      poolOf(podOf("ReplicaSet", "web-bbbb"), {}),
      poolOf(rollout("aaaa"), { [POOL]: "Deployment web" }),
      poolOf(rollout("aaaa"), { [REUSE_KEY]: "v2" }),
      poolOf(
        podOf("ReplicaSet", "web-a", { "pod-template-hash": "a" }, "root"),
        {},
      ),
    ].map((pool) => pool?.identity);
    expect(new Set(identities).size).to.equal(identities.length);
    expect(poolOf(rollout("bbbb"), {})?.identity).to.equal(identities[0]);
  });
});

const required = (...nodeSelectorTerms: object[]): NodeConstraints => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  },
});

describe("excludesVolume", () => {
  const ZONE = "topology.kubernetes.io/zone";
  const expression = (operator: string, ...values: string[]) => ({
    matchExpressions: [{ key: ZONE, operator, values }],
  });
  const inZones = (...zones: string[]) => [expression("In", ...zones)];
  const selecting = (zone: string): NodeConstraints => ({
    nodeSelector: { [ZONE]: zone },
  });
  for (const [title, nodes, volume, excludes] of [
    ["nothing", {}, inZones("a"), false],
    ["the volume's zone", selecting("a"), inZones("a"), false],
    ["another zone", selecting("b"), inZones("a"), true],
    ["another zone, and the volume has no affinity", selecting("b"), [], false],
    [
      "a zone that one of two terms has",
      selecting("b"),
      [...inZones("a"), ...inZones("b")],
      false,
    ],
    [
      "one of two zones",
      required(expression("In", "b"), expression("In", "a")),
      inZones("a"),
      false,
    ],
    [
      "zones without the volume's",
      required(expression("In", "b"), expression("In", "c")),
      inZones("a"),
      true,
    ],
    [
      "every zone but the volume's",
      required(expression("NotIn", "a")),
      inZones("a"),
      true,
    ],
    [
      "nodes without a zone",
      required(expression("DoesNotExist")),
      inZones("a"),
      true,
    ],
    [
      "nodes with any zone",
      required(expression("Exists")),
      inZones("a"),
      false,
    ],
  ] as [string, NodeConstraints, ReturnType<typeof inZones>, boolean][])
    it(`${excludes ? "is true" : "is false"} for a Pod that wants ${title}`, () => {
      expect(excludesVolume(nodes, volume)).to.equal(excludes);
    });
});
