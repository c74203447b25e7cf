import { expect } from "chai";
import fc from "fast-check";
import type { V1Pod } from "@kubernetes/client-node";
import type { ClaimMetadata } from "../../janitor/claim-metadata.ts";
import { podsByClaim } from "../../janitor/pod-uses-claim.ts";
import { PROVISIONING_GRACE_MS, verdict } from "../../janitor/verdict.ts";
import type { Verdict } from "../../janitor/reasons.ts";
import {
  aClaim,
  aPod,
  claimVolume,
  HOUR,
  MINUTE,
  NOW,
  ownedBy,
  podOf,
} from "./objects.ts";

const context = { now: NOW, gracePeriodMs: 5 * MINUTE };

function judge(claim: ClaimMetadata, pods: readonly V1Pod[] = []): Verdict {
  return verdict(claim, podsByClaim(pods), context);
}

describe("verdict", () => {
  const cases: {
    name: string;
    claim: ClaimMetadata;
    pods?: V1Pod[];
    reason: Verdict["reason"];
    why?: RegExp;
  }[] = [
    {
      name: "deletes an old claim that no Pod names",
      claim: aClaim(),
      pods: [aPod("other", [claimVolume("cache", "another-claim")])],
      reason: "unused",
      why: /^no Pod names it, 60m old$/,
    },
    {
      name: "J2 keeps a claim younger than the grace period",
      claim: aClaim({ createdAt: NOW - 5 * MINUTE + 1 }),
      reason: "younger-than-grace",
      why: /4m59s old, grace period 5m/,
    },
    {
      name: "J2 deletes a claim as old as the grace period",
      claim: aClaim({ createdAt: NOW - 5 * MINUTE }),
      reason: "unused",
    },
    {
      name: "J12 keeps a claim that is younger than now by more than now",
      claim: aClaim({ createdAt: NOW + HOUR }),
      reason: "younger-than-grace",
    },
    {
      name: "J3 keeps the claim of a Pod without a node",
      claim: aClaim(),
      pods: [podOf(aClaim(), "web-1", { phase: "Pending", node: null })],
      reason: "in-use",
      why: /^used by Pod web-1 \(Pending, no node yet\)$/,
    },
    {
      name: "J4 keeps the claim of a Pod that succeeded",
      claim: aClaim(),
      pods: [podOf(aClaim(), "job-1", { phase: "Succeeded" })],
      reason: "in-use",
      why: /Pod job-1 \(Succeeded\)/,
    },
    {
      name: "J4 keeps the claim of a Pod that failed",
      claim: aClaim(),
      pods: [podOf(aClaim(), "job-1", { phase: "Failed" })],
      reason: "in-use",
    },
    {
      name: "J5 keeps the claim of a Terminating Pod",
      claim: aClaim(),
      pods: [podOf(aClaim(), "web-1", { terminating: true })],
      reason: "in-use",
      why: /Pod web-1 \(Running, Terminating\)/,
    },
    {
      name: "J6 keeps a claim that a Pod without our labels mounts by hand",
      claim: aClaim(),
      pods: [aPod("debug", [claimVolume("x", aClaim().name)])],
      reason: "in-use",
    },
    {
      name: "J6 keeps a claim that has the name an ephemeral volume would give it",
      claim: aClaim(),
      pods: [
        aPod(aClaim().name.split("-").slice(0, -1).join("-"), [
          { name: aClaim().name.split("-").at(-1) ?? "", ephemeral: {} },
        ]),
      ],
      reason: "in-use",
    },
    {
      name: "J6 names three of many Pods",
      claim: aClaim(),
      pods: ["a", "b", "c", "d", "e"].map((name) => podOf(aClaim(), name)),
      reason: "in-use",
      why: /^used by Pods a \(Running\), b \(Running\), c \(Running\) and 2 more$/,
    },
    {
      name: "J6 keeps a claim held by an annotation",
      claim: aClaim({ annotations: { "volume-claim/hold": "true" } }),
      reason: "held",
      why: /annotation volume-claim\/hold: "true"/,
    },
    {
      name: "J6 keeps a claim held by a label",
      claim: aClaim({ labels: { "volume-claim/hold": "true" } }),
      reason: "held",
      why: /label volume-claim\/hold: "true"/,
    },
    {
      name: "J6 takes a hold that is neither true nor false for one",
      claim: aClaim({ annotations: { "volume-claim/hold": "yes" } }),
      reason: "held",
    },
    {
      name: "J6 deletes a claim whose hold is false",
      claim: aClaim({ annotations: { "volume-claim/hold": "false" } }),
      reason: "unused",
    },
    {
      name: "J13 keeps a claim whose volume is being made on a node",
      claim: aClaim({
        createdAt: NOW - PROVISIONING_GRACE_MS + 1,
        bound: false,
        annotations: {
          "volume.kubernetes.io/selected-node": "node-1",
        },
      }),
      reason: "provisioning",
      why: /volume\.kubernetes\.io\/selected-node\), last change 59m ago: waits 60m/,
    },
    {
      name: "J13 keeps a claim that was given to a provisioner",
      claim: aClaim({
        createdAt: NOW - 30 * MINUTE,
        bound: false,
        annotations: {
          "volume.kubernetes.io/storage-provisioner": "csi.example",
        },
      }),
      reason: "provisioning",
    },
    {
      name: "J13 knows the provisioner annotation's older name",
      claim: aClaim({
        createdAt: NOW - 30 * MINUTE,
        bound: false,
        annotations: {
          "volume.beta.kubernetes.io/storage-provisioner": "csi.example",
        },
      }),
      reason: "provisioning",
    },
    {
      name: "J13 counts from the last change: a volume can be begun long after its claim",
      claim: aClaim({
        createdAt: NOW - 10 * HOUR,
        changedAt: NOW - MINUTE,
        bound: false,
        annotations: {
          "volume.kubernetes.io/selected-node": "node-1",
        },
      }),
      reason: "provisioning",
    },
    {
      name: "J13 deletes when the volume has not come in an hour",
      claim: aClaim({
        createdAt: NOW - PROVISIONING_GRACE_MS,
        bound: false,
        annotations: {
          "volume.kubernetes.io/selected-node": "node-1",
        },
      }),
      reason: "unused",
    },
    {
      name: "J13 does not wait for a volume that is there",
      claim: aClaim({
        createdAt: NOW - 30 * MINUTE,
        annotations: { "volume.kubernetes.io/selected-node": "node-1" },
      }),
      reason: "unused",
    },
    {
      name: "J13 does not wait for a volume that nobody was asked to make",
      claim: aClaim({ createdAt: NOW - 30 * MINUTE, bound: false }),
      reason: "unused",
    },
    {
      name: "J15 reports a Terminating claim with the Pods that block it",
      claim: aClaim({ deletedAt: NOW - 10 * MINUTE }),
      pods: [podOf(aClaim(), "web-1")],
      reason: "terminating",
      why: /^asked to go 10m ago, waits for Pod web-1 \(Running\)$/,
    },
    {
      name: "J15 reports a Terminating claim without Pods with its finalizers",
      claim: aClaim({
        deletedAt: NOW - 10 * MINUTE,
        finalizers: ["example/backup", "example/other"],
      }),
      reason: "terminating",
      why: /no Pod names it; waits for whoever set finalizer example\/backup, example\/other/,
    },
    {
      name: "J17 deletes an unused claim whose owner, a Pod, is gone: the garbage collector may be stuck",
      claim: aClaim({ ownerReferences: [ownedBy(podOf(aClaim(), "gone"))] }),
      reason: "unused",
    },
    {
      name: "J19 keeps a claim without managed=true",
      claim: aClaim({ labels: { managed: "false" } }),
      reason: "not-ours",
    },
    {
      name: "J19 keeps a claim that is managed=true by somebody else",
      claim: aClaim({
        labels: { "app.kubernetes.io/managed-by": "another-operator" },
      }),
      reason: "not-ours",
      why: /not labelled managed=true,app\.kubernetes\.io\/managed-by=stateful-deployments/,
    },
    {
      name: "J19 keeps a claim with our labels and a name that is not ours",
      claim: aClaim({ name: "data-postgres-0" }),
      reason: "not-ours",
      why: /its name is not what the function makes/,
    },
    {
      name: "J19 keeps a claim whose volume label was changed",
      claim: aClaim({ labels: { "volume-claim-template/name": "other" } }),
      reason: "not-ours",
    },
    {
      name: "J19 keeps a claim without the request it was made for",
      claim: aClaim({ annotations: { "volume-claim/request-uid": "" } }),
      reason: "not-ours",
    },
    {
      name: "J19 keeps a claim of another controller",
      claim: aClaim({
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            name: "postgres",
            uid: "1",
            controller: true,
          },
        ],
      }),
      reason: "foreign-controller",
      why: /^belongs to StatefulSet postgres, which decides about it$/,
    },
    {
      name: "J19 keeps a claim of an owner that is no Pod, though it is no controller",
      claim: aClaim({
        ownerReferences: [
          { apiVersion: "example/v1", kind: "Backup", name: "b", uid: "1" },
        ],
      }),
      reason: "foreign-controller",
    },
    {
      name: "J19 keeps the claim of an ephemeral volume, whose controller is a Pod",
      claim: aClaim({
        ownerReferences: [
          { ...ownedBy(podOf(aClaim(), "web-1")), controller: true },
        ],
      }),
      reason: "foreign-controller",
    },
    {
      name: "J19 takes a Pod of another API group for somebody else",
      claim: aClaim({
        ownerReferences: [
          { apiVersion: "example/v1", kind: "Pod", name: "web-1", uid: "1" },
        ],
      }),
      reason: "foreign-controller",
    },
    {
      name: "keeps a claim with a retention that it does not know",
      claim: aClaim({
        annotations: { "volume-claim-template/retention": "Reuse" },
      }),
      reason: "unsupported-retention",
      why: /"Reuse" is neither Delete nor Retain/,
    },
    {
      name: "keeps a claim whose retention is Delete in another spelling",
      claim: aClaim({
        annotations: { "volume-claim-template/retention": "delete" },
      }),
      reason: "unsupported-retention",
    },
    {
      name: "deletes a claim whose retention is Delete",
      claim: aClaim({
        annotations: { "volume-claim-template/retention": "Delete" },
      }),
      reason: "unused",
    },
  ];

  for (const { name, claim, pods, reason, why } of cases) {
    it(name, () => {
      const given = judge(claim, pods);
      expect(given.reason, given.why).to.equal(reason);
      expect(given.decision).to.equal(reason === "unused" ? "delete" : "keep");
      if (why) expect(given.why).to.match(why);
    });
  }

  it("J6 never deletes a claim that any Pod of the list names in any way", () => {
    const claimNames = fc.constantFrom(
      ...["a", "b", "c"].map((uid) => aClaim({ requestUid: uid }).name),
      "unrelated",
    );
    const volume = fc.oneof(
      fc.record({ name: fc.string(), emptyDir: fc.constant({}) }),
      fc
        .tuple(fc.string(), claimNames, fc.boolean())
        .map(([name, claimName, readOnly]) => ({
          name,
          persistentVolumeClaim: { claimName, readOnly },
        })),
    );
    const somePod = fc
      .record({
        volumes: fc.option(fc.array(volume, { maxLength: 4 }), {
          nil: undefined,
        }),
        // A Pod and its ephemeral volume whose names together are the claim's.
        split: fc.option(fc.tuple(claimNames, fc.nat({ max: 20 })), {
          nil: undefined,
        }),
        phase: fc.constantFrom(
          "Pending",
          "Running",
          "Succeeded",
          "Failed",
          "Unknown",
          "",
        ),
        scheduled: fc.boolean(),
        terminating: fc.boolean(),
        labels: fc.dictionary(fc.string(), fc.string()),
      })
      .map(({ volumes, split, phase, scheduled, terminating, labels }) => {
        const parts = split?.[0].split("-") ?? [];
        const at = 1 + ((split?.[1] ?? 0) % Math.max(1, parts.length - 1));
        const all = [
          ...(volumes ?? []),
          ...(parts.length > 1
            ? [{ name: parts.slice(at).join("-"), ephemeral: {} }]
            : []),
        ];
        const named = [
          ...(volumes ?? []).flatMap((one) =>
            "persistentVolumeClaim" in one
              ? one.persistentVolumeClaim.claimName
              : [],
          ),
          ...(split && parts.length > 1 ? [split[0]] : []),
        ];
        const pod = aPod(
          parts.length > 1 ? parts.slice(0, at).join("-") : "web",
          all,
          { phase, node: scheduled ? "n" : null, terminating, labels },
        );
        return { pod, named };
      });
    fc.assert(
      fc.property(
        fc.array(somePod, { maxLength: 6 }),
        fc.constantFrom("a", "b", "c"),
        (pods, requestUid) => {
          const claim = aClaim({ requestUid, createdAt: 0 });
          const isNamed = pods.some(({ named }) => named.includes(claim.name));
          const given = judge(
            claim,
            pods.map(({ pod }) => pod),
          );
          expect(given.decision).to.equal(isNamed ? "keep" : "delete");
        },
      ),
      { numRuns: 500 },
    );
  });
});
