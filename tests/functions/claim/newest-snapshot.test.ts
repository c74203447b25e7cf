import { expect } from "chai";
import {
  consider,
  noneReady,
  NOTHING_SEEN,
} from "../../../functions/claim/source-checks.ts";
import type { VolumeSnapshot } from "../../../functions/claim/source-checks.ts";
import { claimOf } from "./claim-of.ts";

const JANUARY = "2026-01-31T03:00:00Z";
const FEBRUARY = "2026-02-28T03:00:00Z";
const MARCH = "2026-03-31T03:00:00Z";

describe("the newest snapshot", () => {
  const ready = (
    name: string,
    {
      created = MARCH,
      cut,
    }: { created?: string; cut?: string | undefined } = {},
  ): VolumeSnapshot => ({
    metadata: { name, creationTimestamp: created },
    status: {
      readyToUse: true,
      ...(cut !== undefined && { creationTime: cut }),
    },
  });

  const cases: { name: string; snapshots: VolumeSnapshot[]; newest: string }[] =
    [
      {
        name: "is that of the youngest data",
        snapshots: [
          ready("a", { cut: JANUARY }),
          ready("b", { cut: MARCH }),
          ready("c", { cut: FEBRUARY }),
        ],
        newest: "b",
      },
      {
        name: "is told by the data, not by the object, which may be an import of old data",
        snapshots: [
          ready("cut-late", { created: JANUARY, cut: FEBRUARY }),
          ready("imported-late", { created: MARCH, cut: JANUARY }),
        ],
        newest: "cut-late",
      },
      {
        name: "is told by the object where the driver does not tell",
        snapshots: [
          ready("old", { created: JANUARY }),
          ready("new", { created: MARCH }),
          ready("between", { created: JANUARY, cut: FEBRUARY }),
        ],
        newest: "new",
      },
      {
        name: "is always the same of two of one second",
        snapshots: [ready("nightly-2"), ready("nightly-1")],
        newest: "nightly-2",
      },
      {
        name: "is none that is not ready or on its way out",
        snapshots: [
          ready("old", { cut: JANUARY }),
          { metadata: { name: "new", creationTimestamp: MARCH } },
          {
            metadata: { name: "leaving", deletionTimestamp: MARCH },
            status: { readyToUse: true, creationTime: MARCH },
          },
        ],
        newest: "old",
      },
    ];
  for (const { name, snapshots, newest } of cases)
    it(name, () => {
      for (const order of [snapshots, snapshots.toReversed()])
        expect(
          order.reduce(consider, NOTHING_SEEN).newest?.metadata?.name,
        ).to.equal(newest);
    });

  const none: { name: string; snapshots: VolumeSnapshot[]; says: string }[] = [
    {
      name: "none matches",
      snapshots: [],
      says: "there is no VolumeSnapshot with these labels in namespace shop",
    },
    {
      name: "none is ready",
      snapshots: [{}, { status: { readyToUse: false } }],
      says: "no VolumeSnapshot with these labels in namespace shop is ready to use (2 not ready)",
    },
    {
      name: "none is ready and one on its way out",
      snapshots: [{}, { metadata: { deletionTimestamp: MARCH } }],
      says: "no VolumeSnapshot with these labels in namespace shop is ready to use (1 not ready, 1 being deleted)",
    },
  ];
  for (const { name, snapshots, says } of none)
    it(`is missed with the reason when ${name}`, () => {
      const search = snapshots.reduce(consider, NOTHING_SEEN);
      expect(search.newest).to.equal(undefined);
      expect(noneReady(search, claimOf("1Gi"))).to.equal(says);
    });
});
