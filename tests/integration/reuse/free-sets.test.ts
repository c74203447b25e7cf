import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  POOL_LABEL,
  QUARANTINE_ANNOTATION,
} from "../../../functions/contract/keys.ts";
import { leaseAnnotations } from "../../../functions/contract/lease.ts";
import { FreeSets } from "./free-sets.ts";

const LEASE_MS = 15_000;
/** When a new claim is created, in milliseconds since the epoch. The other one was leased a minute before. */
const NOW = Date.parse("2026-01-01T00:01:00Z");

interface Claim {
  readonly leasedAt?: number;
  readonly pool?: string;
  readonly phase?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function aClaim({
  annotations = {},
  leasedAt = NOW - 90_000,
  phase = "Bound",
  pool = "db",
}: Claim): V1PersistentVolumeClaim {
  return {
    metadata: {
      labels: { [POOL_LABEL]: pool },
      annotations: {
        ...leaseAnnotations({ requestUid: "uid", at: leasedAt }),
        ...annotations,
      },
    },
    status: { phase },
  };
}

type State = Claim | "used" | "gone";

/** What is seen of claim `old`, and when, counted from NOW. */
type Seen = readonly (readonly [atMs: number, state: State])[];

/** What is reported of `old` when new claims are created at these times, counted from NOW. */
function passedOverAfter(
  seen: Seen,
  createdAt: readonly number[] = [0, 20_000],
  isOfFault?: (claim: string) => boolean,
): string[] {
  const sets = new FreeSets(LEASE_MS);
  const claims = new Map<string, V1PersistentVolumeClaim>();
  let isUsed = false;
  const events = [
    ...seen.map(([at, state]) => ({ at, state })),
    ...createdAt.map((at) => ({ at, state: undefined })),
  ].toSorted((one, other) => one.at - other.at);
  for (const { at, state } of events) {
    if (state === undefined)
      claims.set(`new-${at}`, aClaim({ leasedAt: NOW + at, phase: "Pending" }));
    else if (state === "gone") claims.delete("old");
    else claims.set("old", aClaim(state === "used" ? {} : state));
    if (state !== undefined) isUsed = state === "used";
    sets.note(claims, new Set(isUsed ? ["old"] : []), NOW + at);
  }
  return sets.passedOver(isOfFault);
}

const FREE: Claim = {};

describe("the check for sets that are passed over", () => {
  const reported: Readonly<Record<string, Seen>> = {
    "it is free": [[-20_000, FREE]],
    "its Pod is gone for a while": [
      [-30_000, "used"],
      [-20_000, FREE],
    ],
    "its lease has ended without an event": [
      [-40_000, { leasedAt: NOW - 40_000 }],
    ],
    "a later Pod gets it": [
      [-20_000, FREE],
      [40_000, "used"],
    ],
  };
  for (const [what, seen] of Object.entries(reported))
    it(`reports a set while two new ones are created: ${what}`, () => {
      const [report = "", ...others] = passedOverAfter(seen);
      expect(report).to.match(/^claim old is free .* new-0 .* new-20000 /);
      expect(others).to.deep.equal([]);
    });

  const accepted: Readonly<Record<string, Seen>> = {
    "a Pod has it": [[-20_000, "used"]],
    "its Pod has just gone: older lists show it": [
      [-20_000, "used"],
      [-3_000, FREE],
    ],
    "another Pod gets it a little later: its request has met a fault": [
      [-20_000, FREE],
      [22_000, { leasedAt: NOW + 22_000 }],
    ],
    "its lease has just ended": [[-18_000, { leasedAt: NOW - 18_000 }]],
    "it is of another pool": [[-20_000, { pool: "cache" }]],
    "it is in quarantine": [
      [-20_000, { annotations: { [QUARANTINE_ANNOTATION]: "node gone" } }],
    ],
    "it has no volume": [[-20_000, { phase: "Lost" }]],
    "it was deleted before": [
      [-20_000, FREE],
      [-1, "gone"],
    ],
  };
  for (const [what, seen] of Object.entries(accepted))
    it(`accepts that a set is passed over: ${what}`, () => {
      expect(passedOverAfter(seen)).to.deep.equal([]);
    });

  it("accepts that a set is passed over: a fault explains one of the new ones", () => {
    expect(
      passedOverAfter(
        [[-20_000, FREE]],
        [0, 20_000],
        (claim) => claim === "new-0",
      ),
    ).to.deep.equal([]);
  });

  it("accepts that requests that share their lists pass over a set", () => {
    expect(passedOverAfter([[-20_000, FREE]], [0, 10, 900])).to.deep.equal([]);
  });
});
