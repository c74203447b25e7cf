import { PROVISIONING_GRACE_MS } from "../../../janitor/verdict/verdict.ts";
import {
  aClaim,
  aPod,
  claimVolume,
  HOUR,
  MINUTE,
  NOW,
  podOf,
} from "../objects.ts";
import { itJudges } from "./verdict-cases.ts";

describe("verdict", () => {
  itJudges([
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
      why: /^deletion requested 10m ago; waiting for Pod web-1 \(Running\)$/,
    },
    {
      name: "J15 reports a Terminating claim without Pods with its finalizers",
      claim: aClaim({
        deletedAt: NOW - 10 * MINUTE,
        finalizers: ["example/backup", "example/other"],
      }),
      reason: "terminating",
      why: /no Pod names it; waiting for finalizer example\/backup, example\/other/,
    },
  ]);
});
