import { readFileSync } from "node:fs";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
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

interface Case<Source> {
  readonly object: Source;
  readonly storage?: string;
  readonly says?: string;
}

const sources = parse(
  readFileSync(new URL("source-checks.yaml", import.meta.url), "utf8"),
) as {
  readonly snapshots: Readonly<Record<string, Case<VolumeSnapshot>>>;
  readonly claims: Readonly<Record<string, Case<V1PersistentVolumeClaim>>>;
};

function verdictOn(says: string | undefined): string {
  return says === undefined ? "allows" : "rejects";
}

describe("snapshotProblem", () => {
  for (const [name, { object, storage = "1Gi", says }] of Object.entries(
    sources.snapshots,
  ))
    it(`${verdictOn(says)} a snapshot ${name}`, () => {
      expect(snapshotProblem(object, claimOf(storage))).to.equal(says);
    });

  it("shortens the message of a snapshot that failed", () => {
    const error = { message: "no ".repeat(500) };
    expect(
      snapshotProblem({ status: { readyToUse: false, error } }, claimOf("1Gi")),
    ).to.equal(`is not ready to use: ${"no ".repeat(100)}`);
  });
});

describe("sourceClaimProblem", () => {
  for (const [name, { object, storage = "1Gi", says }] of Object.entries(
    sources.claims,
  ))
    it(`${verdictOn(says)} ${name}`, () => {
      expect(sourceClaimProblem(object, claimOf(storage))).to.equal(says);
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
