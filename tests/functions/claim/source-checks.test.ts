import type { V1PersistentVolumeClaimSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  consider,
  noneReady,
  NOTHING_SEEN,
  snapshotProblem,
  sourceClaimProblem,
} from "../../../functions/claim/source-checks.ts";
import type { VolumeSnapshot } from "../../../functions/claim/source-checks.ts";
import { claimOf } from "./claim-of.ts";

const JANUARY = "2026-01-31T03:00:00Z";
const FEBRUARY = "2026-02-28T03:00:00Z";
const MARCH = "2026-03-31T03:00:00Z";
const readyToUse = true;

describe("snapshotProblem", () => {
  const cases: {
    name: string;
    snapshot?: VolumeSnapshot;
    status?: VolumeSnapshot["status"];
    storage?: string;
    says?: string;
  }[] = [
    { name: "a snapshot that is ready", status: { readyToUse } },
    {
      name: "a snapshot of just the size",
      status: { readyToUse, restoreSize: "1Gi" },
      storage: "1024Mi",
    },
    {
      name: "a snapshot of unknown size",
      status: { readyToUse, restoreSize: "0" },
    },
    {
      name: "a snapshot without a status",
      snapshot: {},
      says: "is not ready to use yet",
    },
    {
      name: "a snapshot that is not ready",
      status: { readyToUse: false },
      says: "is not ready to use yet",
    },
    {
      name: "a snapshot that failed",
      status: { readyToUse: false, error: { message: "disk is locked" } },
      says: "is not ready to use: disk is locked",
    },
    {
      name: "a snapshot that failed with a long message",
      status: { error: { message: "no ".repeat(500) } },
      says: `is not ready to use: ${"no ".repeat(100)}`,
    },
    {
      name: "a ready snapshot that is being deleted",
      snapshot: {
        metadata: { deletionTimestamp: JANUARY },
        status: { readyToUse },
      },
      says: "is being deleted",
    },
    {
      name: "a snapshot that is too large",
      status: { readyToUse, restoreSize: "2Gi" },
      storage: "1500Mi",
      says: "needs 2Gi, and volume-claim-template/storage asks for 1500Mi; ask for 2Gi or more",
    },
  ];
  for (const { name, says, snapshot, status, storage = "1Gi" } of cases)
    it(`${says === undefined ? "allows" : "rejects"} ${name}`, () => {
      const given = snapshot ?? { ...(status && { status }) };
      expect(snapshotProblem(given, claimOf(storage))).to.equal(says);
    });
});

function asksFor(storage: string): V1PersistentVolumeClaimSpec {
  return { resources: { requests: { storage } } };
}

describe("sourceClaimProblem", () => {
  const cases: {
    name: string;
    claim: Parameters<typeof sourceClaimProblem>[0];
    says?: string;
  }[] = [
    {
      name: "a bound claim",
      claim: { status: { phase: "Bound", capacity: { storage: "1Gi" } } },
    },
    {
      name: "a bound claim of another class",
      claim: {
        spec: { storageClassName: "gold", volumeMode: "Filesystem" },
        status: { phase: "Bound", capacity: { storage: "500Mi" } },
      },
    },
    {
      name: "a claim that waits for its volume",
      claim: { status: { phase: "Pending" } },
      says: "is Pending, and only a Bound claim can be cloned",
    },
    {
      name: "a claim without a status",
      claim: {},
      says: "is Pending, and only a Bound claim can be cloned",
    },
    {
      name: "a claim whose volume is gone",
      claim: { status: { phase: "Lost" } },
      says: "is Lost, and only a Bound claim can be cloned",
    },
    {
      name: "a claim that is being deleted",
      claim: {
        metadata: { deletionTimestamp: new Date(JANUARY) },
        status: { phase: "Bound" },
      },
      says: "is being deleted",
    },
    {
      name: "a block device",
      claim: { spec: { volumeMode: "Block" }, status: { phase: "Bound" } },
      says: "has volumeMode Block, and a volume of mode Filesystem cannot start from it",
    },
    {
      name: "a claim whose volume is larger than it asked for",
      claim: {
        spec: asksFor("1Gi"),
        status: { phase: "Bound", capacity: { storage: "5Gi" } },
      },
      says: "needs 5Gi, and volume-claim-template/storage asks for 1Gi; ask for 5Gi or more",
    },
    {
      name: "a larger claim of unknown capacity",
      claim: { spec: asksFor("2Gi"), status: { phase: "Bound" } },
      says: "needs 2Gi, and volume-claim-template/storage asks for 1Gi; ask for 2Gi or more",
    },
  ];
  for (const { claim, name, says } of cases)
    it(`${says === undefined ? "allows" : "rejects"} ${name}`, () => {
      expect(sourceClaimProblem(claim, claimOf("1Gi"))).to.equal(says);
    });
});

describe("the newest snapshot", () => {
  const ready = (
    name: string,
    creationTimestamp: string,
    creationTime?: string,
  ): VolumeSnapshot => ({
    metadata: { name, creationTimestamp },
    status: { readyToUse, ...(creationTime !== undefined && { creationTime }) },
  });
  const cases: { name: string; snapshots: VolumeSnapshot[]; newest: string }[] =
    [
      {
        name: "has the youngest data",
        snapshots: [
          ready("a", MARCH, JANUARY),
          ready("b", MARCH, MARCH),
          ready("c", MARCH, FEBRUARY),
        ],
        newest: "b",
      },
      {
        name: "is not the youngest object, which may be an import of old data",
        snapshots: [
          ready("cut-late", JANUARY, FEBRUARY),
          ready("imported-late", MARCH, JANUARY),
        ],
        newest: "cut-late",
      },
      {
        name: "is the youngest object if the driver gives no time",
        snapshots: [
          ready("old", JANUARY),
          ready("new", MARCH),
          ready("between", JANUARY, FEBRUARY),
        ],
        newest: "new",
      },
      {
        name: "is always the same one of two of the same second",
        snapshots: [ready("nightly-2", MARCH), ready("nightly-1", MARCH)],
        newest: "nightly-2",
      },
      {
        name: "is ready and not being deleted",
        snapshots: [
          ready("old", MARCH, JANUARY),
          { metadata: { name: "new", creationTimestamp: MARCH } },
          {
            metadata: { name: "leaving", deletionTimestamp: MARCH },
            status: { readyToUse, creationTime: MARCH },
          },
        ],
        newest: "old",
      },
    ];
  for (const { name, newest, snapshots } of cases)
    it(name, () => {
      for (const order of [snapshots, snapshots.toReversed()])
        expect(
          order.reduce(consider, NOTHING_SEEN).newest?.metadata?.name,
        ).to.equal(newest);
    });

  const which = "VolumeSnapshot with these labels in namespace shop";
  const none: { snapshots: VolumeSnapshot[]; says: string }[] = [
    { snapshots: [], says: `there is no ${which}` },
    {
      snapshots: [{}, { status: { readyToUse: false } }],
      says: `no ${which} is ready to use (2 not ready)`,
    },
    {
      snapshots: [{}, { metadata: { deletionTimestamp: MARCH } }],
      says: `no ${which} is ready to use (1 not ready, 1 being deleted)`,
    },
  ];
  for (const { says, snapshots } of none)
    it(`is missing: ${says}`, () => {
      const search = snapshots.reduce(consider, NOTHING_SEEN);
      expect(search.newest).to.equal(undefined);
      expect(noneReady(search, claimOf("1Gi"))).to.equal(says);
    });
});
