import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
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

function tooSmall(needed: string, asked: string): string {
  return `needs ${needed}, and volume-claim-template/storage asks for ${asked}; ask for ${needed} or more`;
}

function verdictOn(says: string | undefined): string {
  return says === undefined ? "allows" : "rejects";
}

function failed(message: string): VolumeSnapshot["status"] {
  return { readyToUse: false, error: { message } };
}

describe("snapshotProblem", () => {
  const leaving = { metadata: { deletionTimestamp: JANUARY } };
  const cases: [
    name: string,
    status: VolumeSnapshot["status"],
    says?: string | undefined,
    more?: { storage?: string; snapshot?: VolumeSnapshot },
  ][] = [
    ["that is ready", { readyToUse }],
    [
      "of just the size",
      { readyToUse, restoreSize: "1Gi" },
      undefined,
      { storage: "1024Mi" },
    ],
    ["of unknown size", { readyToUse, restoreSize: "0" }],
    ["without a status", undefined, "is not ready to use yet"],
    ["that is not ready", { readyToUse: false }, "is not ready to use yet"],
    ["that failed", failed("is locked"), "is not ready to use: is locked"],
    [
      "that failed with a long message",
      failed("no ".repeat(500)),
      `is not ready to use: ${"no ".repeat(100)}`,
    ],
    [
      "that is ready and being deleted",
      { readyToUse },
      "is being deleted",
      { snapshot: leaving },
    ],
    [
      "that is too large",
      { readyToUse, restoreSize: "2Gi" },
      tooSmall("2Gi", "1500Mi"),
      { storage: "1500Mi" },
    ],
  ];
  for (const [name, status, says, { storage = "1Gi", snapshot } = {}] of cases)
    it(`${verdictOn(says)} a snapshot ${name}`, () => {
      const given = { ...snapshot, ...(status && { status }) };
      expect(snapshotProblem(given, claimOf(storage))).to.equal(says);
    });
});

function asksFor(storage: string): V1PersistentVolumeClaim {
  return { spec: { resources: { requests: { storage } } } };
}

function bound(storage?: string): V1PersistentVolumeClaim {
  return {
    status: { phase: "Bound", ...(storage && { capacity: { storage } }) },
  };
}

function notBound(phase: string): string {
  return `is ${phase}, and only a Bound claim can be cloned`;
}

describe("sourceClaimProblem", () => {
  const gold = { storageClassName: "gold", volumeMode: "Filesystem" };
  const leaving = { deletionTimestamp: new Date(JANUARY) };
  const block = { volumeMode: "Block" };
  const cases: [name: string, claim: V1PersistentVolumeClaim, says?: string][] =
    [
      ["a bound claim", bound("1Gi")],
      ["a bound claim of another class", { spec: gold, ...bound("500Mi") }],
      [
        "a claim that waits for its volume",
        { status: { phase: "Pending" } },
        notBound("Pending"),
      ],
      ["a claim without a status", {}, notBound("Pending")],
      [
        "a claim whose volume is gone",
        { status: { phase: "Lost" } },
        notBound("Lost"),
      ],
      [
        "a claim that is being deleted",
        { metadata: leaving, ...bound() },
        "is being deleted",
      ],
      [
        "a block device",
        { spec: block, ...bound() },
        "has volumeMode Block, and a volume of mode Filesystem cannot start from it",
      ],
      [
        "a claim whose volume is larger than it asked for",
        { ...asksFor("1Gi"), ...bound("5Gi") },
        tooSmall("5Gi", "1Gi"),
      ],
      [
        "a larger claim of unknown capacity",
        { ...asksFor("2Gi"), ...bound() },
        tooSmall("2Gi", "1Gi"),
      ],
    ];
  for (const [name, claim, says] of cases)
    it(`${verdictOn(says)} ${name}`, () => {
      expect(sourceClaimProblem(claim, claimOf("1Gi"))).to.equal(says);
    });
});

describe("the newest snapshot", () => {
  /** A ready snapshot: when the object was created, and its data if the driver gives that time. */
  const ready = (
    name: string,
    creationTimestamp: string,
    creationTime?: string,
  ): VolumeSnapshot => ({
    metadata: { name, creationTimestamp },
    status: { readyToUse, ...(creationTime !== undefined && { creationTime }) },
  });
  const cases: [name: string, newest: string, ...VolumeSnapshot[]][] = [
    [
      "has the youngest data",
      "b",
      ready("a", MARCH, JANUARY),
      ready("b", MARCH, MARCH),
      ready("c", MARCH, FEBRUARY),
    ],
    [
      "is not the youngest object, which may be an import of old data",
      "cut-late",
      ready("cut-late", JANUARY, FEBRUARY),
      ready("imported-late", MARCH, JANUARY),
    ],
    [
      "is the youngest object if the driver gives no time",
      "new",
      ready("old", JANUARY),
      ready("new", MARCH),
      ready("between", JANUARY, FEBRUARY),
    ],
    [
      "is always the same one of two of the same second",
      "nightly-2",
      ready("nightly-2", MARCH),
      ready("nightly-1", MARCH),
    ],
    [
      "is ready and not being deleted",
      "old",
      ready("old", MARCH, JANUARY),
      { metadata: { name: "new", creationTimestamp: MARCH } },
      {
        metadata: { name: "leaving", deletionTimestamp: MARCH },
        status: { readyToUse, creationTime: MARCH },
      },
    ],
  ];
  for (const [name, newest, ...snapshots] of cases)
    it(name, () => {
      for (const order of [snapshots, snapshots.toReversed()])
        expect(
          order.reduce(consider, NOTHING_SEEN).newest?.metadata?.name,
        ).to.equal(newest);
    });

  const which = "VolumeSnapshot with these labels in namespace shop";
  const leaving = { metadata: { deletionTimestamp: MARCH } };
  const none: [says: string, ...VolumeSnapshot[]][] = [
    [`there is no ${which}`],
    [
      `no ${which} is ready to use (2 not ready)`,
      {},
      { status: { readyToUse: false } },
    ],
    [`no ${which} is ready to use (1 not ready, 1 being deleted)`, {}, leaving],
  ];
  for (const [says, ...snapshots] of none)
    it(`is missing: ${says}`, () => {
      const search = snapshots.reduce(consider, NOTHING_SEEN);
      expect(search.newest).to.equal(undefined);
      expect(noneReady(search, claimOf("1Gi"))).to.equal(says);
    });
});
