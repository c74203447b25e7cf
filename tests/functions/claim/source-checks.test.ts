import { expect } from "chai";
import {
  snapshotProblem,
  sourceClaimProblem,
} from "../../../functions/claim/source-checks.ts";
import type { VolumeSnapshot } from "../../../functions/claim/source-checks.ts";
import { claimOf } from "./claim-of.ts";

const JANUARY = "2026-01-31T03:00:00Z";

describe("what a volume can start from", () => {
  const snapshots: {
    name: string;
    snapshot: VolumeSnapshot;
    storage?: string;
    says: string | undefined;
  }[] = [
    {
      name: "a snapshot that is ready",
      snapshot: { status: { readyToUse: true } },
      says: undefined,
    },
    {
      name: "a snapshot of just the size",
      snapshot: { status: { readyToUse: true, restoreSize: "1Gi" } },
      storage: "1024Mi",
      says: undefined,
    },
    {
      name: "a snapshot of unknown size",
      snapshot: { status: { readyToUse: true, restoreSize: "0" } },
      says: undefined,
    },
    {
      name: "a snapshot that was not looked at by its driver yet",
      snapshot: {},
      says: "is not ready to use yet",
    },
    {
      name: "a snapshot that is being cut",
      snapshot: { status: { readyToUse: false } },
      says: "is not ready to use yet",
    },
    {
      name: "a snapshot that failed",
      snapshot: {
        status: { readyToUse: false, error: { message: "disk is locked" } },
      },
      says: "is not ready to use: disk is locked",
    },
    {
      name: "a snapshot that failed with very many words",
      snapshot: { status: { error: { message: "no ".repeat(500) } } },
      says: `is not ready to use: ${"no ".repeat(100)}`,
    },
    {
      name: "a ready snapshot that is on its way out",
      snapshot: {
        metadata: { deletionTimestamp: JANUARY },
        status: { readyToUse: true },
      },
      says: "is being deleted",
    },
    {
      name: "a snapshot that is too large",
      snapshot: { status: { readyToUse: true, restoreSize: "2Gi" } },
      storage: "1500Mi",
      says: "needs 2Gi, and volume-claim-template/storage asks for 1500Mi; ask for 2Gi or more",
    },
  ];
  for (const { name, snapshot, storage = "1Gi", says } of snapshots)
    it(`${says === undefined ? "is" : "is not"} ${name}`, () => {
      expect(snapshotProblem(snapshot, claimOf(storage))).to.equal(says);
    });

  const claims: {
    name: string;
    claim: Parameters<typeof sourceClaimProblem>[0];
    says: string | undefined;
  }[] = [
    {
      name: "a bound claim",
      claim: { status: { phase: "Bound", capacity: { storage: "1Gi" } } },
      says: undefined,
    },
    {
      name: "a bound claim of another class",
      claim: {
        spec: { storageClassName: "gold", volumeMode: "Filesystem" },
        status: { phase: "Bound", capacity: { storage: "500Mi" } },
      },
      says: undefined,
    },
    {
      name: "a claim that waits for its volume",
      claim: { status: { phase: "Pending" } },
      says: "is Pending, and only a Bound claim can be cloned",
    },
    {
      name: "a claim that is a moment old",
      claim: {},
      says: "is Pending, and only a Bound claim can be cloned",
    },
    {
      name: "a claim whose volume is gone",
      claim: { status: { phase: "Lost" } },
      says: "is Lost, and only a Bound claim can be cloned",
    },
    {
      name: "a claim that is on its way out",
      claim: {
        metadata: { deletionTimestamp: new Date(JANUARY) },
        status: { phase: "Bound" },
      },
      says: "is being deleted",
    },
    {
      name: "a device",
      claim: { spec: { volumeMode: "Block" }, status: { phase: "Bound" } },
      says: "has volumeMode Block, and a volume of mode Filesystem cannot start from it",
    },
    {
      name: "a claim whose volume is larger than it asked for",
      claim: {
        spec: { resources: { requests: { storage: "1Gi" } } },
        status: { phase: "Bound", capacity: { storage: "5Gi" } },
      },
      says: "needs 5Gi, and volume-claim-template/storage asks for 1Gi; ask for 5Gi or more",
    },
    {
      name: "a claim that asks for more, of unknown capacity",
      claim: {
        spec: { resources: { requests: { storage: "2Gi" } } },
        status: { phase: "Bound" },
      },
      says: "needs 2Gi, and volume-claim-template/storage asks for 1Gi; ask for 2Gi or more",
    },
  ];
  for (const { name, claim, says } of claims)
    it(`${says === undefined ? "is" : "is not"} ${name}`, () => {
      expect(sourceClaimProblem(claim, claimOf("1Gi"))).to.equal(says);
    });
});
