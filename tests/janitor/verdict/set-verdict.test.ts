import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { claimSets, NO_SETS } from "../../../janitor/verdict/claim-sets.ts";
import { clonesBySource } from "../../../janitor/verdict/pending-clones.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import { verdict } from "../../../janitor/verdict/verdict.ts";
import {
  aClaim,
  ENDED,
  HOUR,
  LOST_NODE,
  MINUTE,
  NOW,
  podOf,
  RUNNING,
} from "../objects.ts";
import {
  ABOUT_TO_DELETE,
  aSet,
  itemOf,
  leaseAt,
  markedAt,
  REUSE,
} from "../reuse.ts";
import type { Over } from "../reuse.ts";

const DAY = 24 * HOUR;
const WAIT = { "volume-claim-template/on-miss": "Wait" };
const quarantined = { "volume-claim/quarantine": ABOUT_TO_DELETE };

/** `decision reason` for each claim. */
function judge(
  claims: readonly ClaimMetadata[],
  pods: readonly V1Pod[] = [],
  clonesOf?: ClaimMetadata,
): string[] {
  const listed = claims.map((claim) => ({ claim }));
  const clones = clonesBySource(
    clonesOf ? [{ claim: aClaim(), clones: clonesOf.name }] : [],
  );
  return claims.map((claim) => {
    const { decision, reason } = verdict(
      claim,
      podsByClaim(pods),
      { now: NOW, gracePeriodMs: 5 * MINUTE },
      clones,
      claimSets(listed),
    );
    return `${decision} ${reason}`;
  });
}

describe("verdict on a set of two claims", () => {
  /** What is true of the second claim, or of the first one, the leader. */
  const kept: [
    title: string,
    reason: string,
    given: Partial<Record<"first" | "second", Over>>,
  ][] = [
    ["held", "held", { second: { labels: { "volume-claim/hold": "" } } }],
    [
      "of a name that is not ours",
      "not-ours",
      { second: { name: "data-pg-0" } },
    ],
    [
      "of another controller",
      "foreign-controller",
      {
        second: {
          ownerReferences: [
            { apiVersion: "v1", kind: "Backup", name: "b", uid: "b" },
          ],
        },
      },
    ],
    ["terminating", "terminating", { second: { deletedAt: NOW - MINUTE } }],
    [
      "with on-miss: Never",
      "unsupported-reuse",
      { second: { annotations: { "volume-claim-template/on-miss": "Never" } } },
    ],
    [
      "of Wait with max-uses",
      "contradicting-life-cycle",
      {
        second: {
          annotations: { ...WAIT, "volume-claim-template/max-uses": "1" },
        },
      },
    ],
    [
      "whose retention was changed to Delete",
      "contradicting-life-cycle",
      {
        second: {
          annotations: { "volume-claim-template/retention": "Delete" },
        },
      },
    ],
    [
      "younger than the grace period",
      "younger-than-grace",
      { second: { createdAt: NOW - MINUTE } },
    ],
    [
      "whose volume is being made",
      "provisioning",
      {
        second: {
          bound: false,
          changedAt: NOW - MINUTE,
          annotations: { "volume.kubernetes.io/selected-node": "node-1" },
        },
      },
    ],
    [
      "that was restored",
      "restored",
      {
        second: {
          annotations: {
            "volume-claim/requested-at": new Date(NOW - 30 * DAY).toISOString(),
          },
        },
      },
    ],
    ["that is leased", "leased", { first: { annotations: leaseAt(NOW) } }],
    [
      "that is leased since a time that cannot be read",
      "leased",
      {
        first: {
          annotations: {
            ...leaseAt(NOW - DAY),
            "volume-claim/lease-time": "now",
          },
        },
      },
    ],
    [
      "that somebody else put into quarantine",
      "quarantined",
      { first: { annotations: { "volume-claim/quarantine": "look at it" } } },
    ],
  ];
  for (const [title, reason, given] of kept)
    it(`keeps both when there is one ${title}: ${reason}`, () => {
      const set = aSet(
        2,
        { createdAt: NOW - 20 * DAY, annotations: markedAt(NOW - 8 * DAY) },
        given,
      );
      const [first, second] = judge(set);
      expect(second).to.equal(`keep ${reason}`);
      expect(first).to.equal(`keep ${reason}`);
    });

  it("keeps what has no leader or no label: incomplete-set", () => {
    const [, second] = aSet(2);
    expect(judge(second ? [second] : [])).to.deep.equal([
      "keep incomplete-set",
    ]);
    expect(judge([aClaim({ annotations: REUSE })])).to.deep.equal([
      "keep incomplete-set",
    ]);
    expect(
      verdict(
        itemOf(aSet(1), 0),
        new Map(),
        { now: NOW, gracePeriodMs: 0 },
        undefined,
        NO_SETS,
      ).reason,
    ).to.equal("incomplete-set");
  });

  it("keeps both while one is the source of a clone", () => {
    const set = aSet(2);
    expect(judge(set, [], set[1])).to.deep.equal(
      Array.from({ length: 2 }, () => "keep source-of-clone"),
    );
  });

  const podStates: [
    title: string,
    over: Parameters<typeof podOf>[2],
    reason: string,
  ][] = [
    ["that runs", {}, "in-use"],
    ["without a node", { phase: "Pending", node: null }, "in-use"],
    ["that is Terminating", { terminating: true }, "in-use"],
    [
      "that failed, with a container of unknown end",
      {
        phase: "Failed",
        status: {
          containerStatuses: [ENDED, { ...RUNNING, state: { waiting: {} } }],
        },
      },
      "in-use",
    ],
    [
      "that failed without a word of its kubelet",
      { phase: "Failed" },
      "in-use",
    ],
    [
      "that was given up with its node",
      {
        phase: "Failed",
        status: { conditions: [LOST_NODE], containerStatuses: [ENDED] },
      },
      "in-use",
    ],
    [
      "that failed",
      { phase: "Failed", status: { containerStatuses: [ENDED] } },
      "idle",
    ],
    [
      "that its kubelet rejected",
      { phase: "Failed", status: { reason: "NodeAffinity" } },
      "idle",
    ],
    ["that succeeded", { phase: "Succeeded" }, "idle"],
  ];
  for (const [title, over, reason] of podStates)
    it(`keeps both when one is named by a Pod ${title}: ${reason}`, () => {
      const set = aSet(2, { annotations: markedAt(NOW - MINUTE) });
      expect(judge(set, [podOf(itemOf(set, 1), "web-1", over)])).to.deep.equal([
        `keep ${reason}`,
        `keep ${reason}`,
      ]);
    });

  it("marks the leader alone, again after a lease, and counts only what the janitor wrote", () => {
    for (const annotations of [
      {},
      { ...markedAt(NOW - 8 * DAY), ...leaseAt(NOW - 7 * DAY) },
      // The lease has ended, because its Pod was seen.
      {
        ...markedAt(NOW - 8 * DAY),
        "volume-claim/lease-time": new Date(NOW - 7 * DAY).toISOString(),
      },
    ])
      expect(
        judge(aSet(2, { createdAt: NOW - 9 * DAY, annotations })),
      ).to.deep.equal(["mark idle-first-run", "keep idle"]);
    const byHand = aSet(2, {
      createdAt: NOW - 9 * DAY,
      annotations: markedAt(NOW - 8 * DAY),
      markWrittenAt: undefined,
    });
    expect(judge(byHand)[0]).to.equal("mark idle-first-run");
  });

  it("puts the leader into quarantine, then deletes the other claim, then the leader", () => {
    const old = {
      createdAt: NOW - 9 * DAY,
      annotations: markedAt(NOW - 7 * DAY),
    };
    const [leader] = aSet(2, old);
    expect(judge(aSet(2, old))).to.deep.equal([
      "mark set-first-run",
      "keep idle",
    ]);
    const prepared = aSet(2, {
      ...old,
      annotations: { ...old.annotations, ...quarantined },
    });
    expect(judge(prepared)).to.deep.equal([
      "keep leads-set",
      "delete idle-too-long",
    ]);
    expect(judge(leader ? [leader] : [])).to.deep.equal([
      "delete idle-too-long",
    ]);
  });

  it("keeps both for the longest idle-ttl of the two", () => {
    const set = aSet(
      2,
      {
        createdAt: NOW - 9 * DAY,
        annotations: {
          ...markedAt(NOW - DAY),
          "volume-claim-template/idle-ttl": "1h",
        },
      },
      {
        second: { annotations: { "volume-claim-template/idle-ttl": "25h" } },
      },
    );
    expect(judge(set)).to.deep.equal(["keep idle", "keep idle"]);
  });
});

/** A set of one claim, idle for so many minutes in a pool with max-idle 2. */
function idleFor(
  request: string,
  minutes: number,
  annotations: Record<string, string> = {},
): ClaimMetadata {
  return itemOf(
    aSet(1, {
      requestUid: request,
      createdAt: NOW - DAY,
      annotations: {
        "volume-claim-template/max-idle": "2",
        ...markedAt(NOW - minutes * MINUTE),
        ...annotations,
      },
    }),
    0,
  );
}

describe("verdict on an idle set by its bounds", () => {
  const cases: [
    title: string,
    age: number,
    idle: number,
    annotations: Record<string, string>,
    verdict: string,
  ][] = [
    ["for 7 days by default", 9 * DAY, 7 * DAY, {}, "delete idle-too-long"],
    ["for less than that", 9 * DAY, 7 * DAY - 1, {}, "keep idle"],
    ["of Wait, for a year", 400 * DAY, 365 * DAY, WAIT, "keep idle"],
    [
      "of Wait, for as long as its idle-ttl",
      9 * DAY,
      DAY,
      { ...WAIT, "volume-claim-template/idle-ttl": "1d" },
      "delete idle-too-long",
    ],
    [
      "older than max-age",
      DAY + 1,
      MINUTE,
      { "volume-claim-template/max-age": "1d" },
      "delete max-age",
    ],
    [
      "as old as max-age",
      DAY,
      MINUTE,
      { "volume-claim-template/max-age": "1d" },
      "keep idle",
    ],
    [
      "handed out max-uses times",
      DAY,
      MINUTE,
      { "volume-claim-template/max-uses": "3", "volume-claim/uses": "3" },
      "delete max-uses",
    ],
    [
      "handed out max-uses times, marked by a run that overlaps",
      DAY,
      29_999,
      { "volume-claim-template/max-uses": "3", "volume-claim/uses": "3" },
      "keep marked-just-now",
    ],
    [
      "handed out less often",
      DAY,
      MINUTE,
      { "volume-claim-template/max-uses": "3", "volume-claim/uses": "2" },
      "keep idle",
    ],
    [
      "beyond max-idle 0",
      DAY,
      MINUTE,
      { "volume-claim-template/max-idle": "0" },
      "delete max-idle",
    ],
    [
      "of Wait, beyond max-idle",
      DAY,
      MINUTE,
      { ...WAIT, "volume-claim-template/max-idle": "0" },
      "keep contradicting-life-cycle",
    ],
  ];
  for (const [title, age, idle, annotations, expected] of cases)
    it(`${expected}: ${title}`, () => {
      expect(
        judge(
          aSet(1, {
            createdAt: NOW - age,
            annotations: { ...annotations, ...markedAt(NOW - idle) },
          }),
        ),
      ).to.deep.equal([expected]);
    });

  it("deletes the longest idle beyond max-idle, and counts no set that is used, held, leased or in quarantine", () => {
    const pool = [
      idleFor("a", 40),
      idleFor("b", 30),
      idleFor("c", 20),
      idleFor("d", 10),
    ];
    expect(judge(pool)).to.deep.equal([
      "delete max-idle",
      "delete max-idle",
      "keep idle",
      "keep idle",
    ]);
    const others = [
      idleFor("a", 40),
      idleFor("b", 5),
      idleFor("c", 4, { "volume-claim/hold": "true" }),
      idleFor("d", 3, leaseAt(NOW)),
      idleFor("e", 2, { "volume-claim/quarantine": "look" }),
      idleFor("f", 1),
    ];
    expect(judge(others, [podOf(itemOf(others, 5))])[0]).to.equal("keep idle");
    expect(judge(others)[0]).to.equal("delete max-idle");
  });
});
