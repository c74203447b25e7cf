import { expect } from "chai";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import { decide } from "../../../functions/pool/decide.ts";
import type { PoolDecision } from "../../../functions/pool/decide.ts";
import type { PoolLimits } from "../../../functions/pool/pool.ts";
import { originOf } from "../../../functions/pool/workload.ts";
import {
  before,
  claim,
  judged,
  NOW,
  ofReplicaSet,
  pod,
  wanting,
} from "./pool-builders.ts";

type Claims = Parameters<typeof judged>[0];

const IN_FLIGHT = {
  annotations: {
    "volume-claim/lease-request": "another request",
    "volume-claim/lease-time": before(5),
  },
};
const USED = claim("used");
const LEAVING = claim("leaving");
const FREE = claim("free");
const FLYING = claim("flying", IN_FLIGHT);
const FRESH = claim("fresh", { seen: false, phase: "Pending" });
const UNFIT = claim("unfit", { phase: "Lost" });
/** It lacks its first claim, and never had a volume. */
const HALF = claim("half-log", {
  set: "half",
  volume: "log",
  phase: "Pending",
});
const PODS = [
  pod("stays", "used"),
  pod("goes", "leaving", { deletionTimestamp: before(1) }),
];

function decided(
  claims: Claims,
  limits: PoolLimits,
  requestUid = "this request",
  used: readonly string[] = [],
): PoolDecision {
  const pods = [...PODS, ...used.map((name) => pod(`stays-on-${name}`, name))];
  const sets = judged(claims, wanting({ limits }), claimUsers(pods, []));
  return decide(sets, limits, requestUid, NOW);
}

function summary(decision: PoolDecision): string {
  if (decision.kind === "found") return `found ${decision.set.name}`;
  return decision.kind === "reserve"
    ? `reserve ${decision.candidates[0]?.name}`
    : `${decision.kind} ${decision.miss}`;
}

/** The candidates, the best first. */
function names(
  claims: Claims,
  requestUid = "this request",
  users = claimUsers(PODS, []),
): string[] {
  const decision = decide(
    judged(claims, wanting(), users),
    { wait: false },
    requestUid,
    NOW,
  );
  return decision.kind === "reserve"
    ? decision.candidates.map(({ name }) => name)
    : [];
}

/** The mark of the janitor so many seconds ago. */
/** A set of which no Pod was seen, with a lease that began so many seconds ago. */
function leased(name: string, seconds: number): typeof FRESH {
  return claim(name, {
    seen: false,
    annotations: {
      "volume-claim/lease-request": `request of ${name}`,
      "volume-claim/lease-time": before(seconds),
    },
  });
}

function mark(seconds: number): object {
  return { annotations: { "volume-claim/unused-since": before(seconds) } };
}

/** A finished Pod whose container ended so many seconds ago. */
function ended(seconds: number, claimName: string): ListedPod {
  const finishedAt = new Date(NOW - seconds * 1_000);
  return {
    ...pod("p", claimName),
    status: {
      phase: "Succeeded",
      containerStatuses: [
        {
          name: "c",
          image: "",
          imageID: "",
          ready: false,
          restartCount: 0,
          state: { terminated: { exitCode: 0, finishedAt } },
        },
      ],
    },
  };
}

/** What a Pod of this origin gets while Pod `other` uses the only set. */
function asked(
  origin: Parameters<typeof originOf>[0],
  other: ListedPod,
  wait = true,
): PoolDecision {
  const limits = { wait };
  const wanted = wanting({ limits, origin: originOf(origin) });
  const sets = judged([USED], wanted, claimUsers([other], []));
  return decide(sets, limits, "this request", NOW);
}

describe("decide", () => {
  const cases: readonly (readonly [
    title: string,
    claims: Claims,
    onCreate: string,
    onWait: string,
  ])[] = [
    ["an empty pool", [], "create empty-pool", "create empty-pool"],
    ["a free set", [FREE], "reserve free", "reserve free"],
    ["used sets only", [USED], "create used", "create used"],
    [
      "a set that is leaving",
      [USED, LEAVING],
      "create leaving",
      "wait leaving",
    ],
    ["a set in flight", [USED, FLYING], "create in-flight", "wait in-flight"],
    [
      "a free set beside one that is leaving",
      [FREE, LEAVING],
      "reserve free",
      "wait leaving",
    ],
    [
      "an empty set beside one that is leaving",
      [FRESH, LEAVING],
      "reserve fresh",
      "wait leaving",
    ],
    ["an unfit set", [USED, UNFIT], "create lost", "reject lost"],
    [
      "an unfit set without data",
      [USED, HALF],
      "create member-missing",
      "create member-missing",
    ],
    [
      "an unfit set without data beside one with data",
      [HALF, UNFIT],
      "create member-missing",
      "reject lost",
    ],
    [
      "a free set beside an unfit one",
      [UNFIT, FREE],
      "reserve free",
      "reserve free",
    ],
    [
      "an empty set beside one with data",
      [FRESH, FREE],
      "reserve free",
      "reserve free",
    ],
    ["an empty set only", [USED, FRESH], "reserve fresh", "reserve fresh"],
  ];
  for (const [title, claims, onCreate, onWait] of cases) {
    it(`with Create and ${title}: ${onCreate}`, () => {
      expect(summary(decided(claims, { wait: false }))).to.equal(onCreate);
    });
    it(`with Wait and ${title}: ${onWait}`, () => {
      expect(summary(decided(claims, { wait: true }))).to.equal(onWait);
    });
  }

  it("finds the set that the same request reserved before, whatever its state", () => {
    expect(
      summary(decided([FREE, FLYING], { wait: true }, "another request")),
    ).to.equal("found flying");
  });

  describe("with max-sets", () => {
    for (const wait of [true, false]) {
      const limits = { wait, maxSets: 2 };
      it(`rejects at the bound, on-miss ${wait ? "Wait" : "Create"}, and names the sets`, () => {
        const decision = decided([USED, claim("used-2")], limits);
        expect(summary(decision)).to.equal("reserve used-2");
        const full = decided([USED, UNFIT], { ...limits, wait: false });
        expect(summary(full)).to.equal("reject max-sets");
        expect(full)
          .to.have.property("why")
          .that.includes("set used is used by");
      });
      it(`counts a set without data, and says what to delete, on-miss ${wait ? "Wait" : "Create"}`, () => {
        const decision = decided([USED, HALF], limits);
        expect(summary(decision)).to.equal("reject max-sets");
        expect(decision)
          .to.have.property("why")
          .that.includes(
            "set half never had a volume: delete the claims with label volume-claim/set=half",
          );
      });
      for (const [title, claims, expected] of [
        ["an empty one beside a used one", [USED, FRESH], "reserve fresh"],
        [
          "one of two empty ones beside a used one",
          [USED, FRESH, claim("fresh-2", { seen: false })],
          "reserve fresh",
        ],
        [
          "no empty one beyond it",
          [USED, claim("used-2"), FRESH],
          "reject max-sets",
        ],
        [
          "one with data beyond it",
          [USED, claim("used-2"), FREE, FRESH],
          "reserve free",
        ],
      ] as const)
        it(`hands out ${title}, on-miss ${wait ? "Wait" : "Create"}`, () => {
          expect(
            summary(
              decided(claims, limits, "this request", ["used", "used-2"]),
            ),
          ).to.match(new RegExp(`^${expected}`));
        });
      it(`creates below the bound, on-miss ${wait ? "Wait" : "Create"}`, () => {
        expect(summary(decided([USED], limits))).to.equal("create used");
      });
    }
  });

  describe("orders free sets", () => {
    it("without a mark first, then by the latest mark, empty ones last", () => {
      expect(
        names([FRESH, claim("old", mark(600)), claim("new", mark(300)), FREE]),
      ).to.deep.equal(["free", "new", "old", "fresh"]);
    });
    it("of which no Pod was seen by their leases, the oldest first", () => {
      expect(
        names([leased("c", 90), FRESH, leased("a", 200), leased("b", 100)]),
      ).to.deep.equal(["a", "b", "c", "fresh"]);
    });
    for (const [seconds, order] of [
      [3, ["old", "free", "fresh"]],
      [30, ["free", "old", "fresh"]],
    ] as const)
      it(`${seconds} s after a container ended on one: ${order.join(", ")}`, () => {
        const finished = [ended(seconds, "free")];
        expect(
          names(
            [FREE, claim("old", mark(600)), FRESH],
            undefined,
            claimUsers(finished, finished),
          ),
        ).to.deep.equal(order);
      });
    it("by chance if they are equal: other requests get others, the same request gets the same", () => {
      const claims = Array.from({ length: 20 }, (_, index) =>
        claim(`c${index}`),
      );
      const first = new Set(
        Array.from({ length: 40 }, (_, index) => names(claims, `r${index}`)[0]),
      );
      expect(first.size).to.be.greaterThan(8);
      expect(names(claims, "r1")).to.deep.equal(names(claims, "r1"));
    });
  });

  describe("when Pods that stay use all sets", () => {
    const stays = pod("p", "used", ofReplicaSet("old", "used"));
    const goes = pod("p", "used", {
      ...ofReplicaSet("old", "used"),
      deletionTimestamp: before(1),
    });
    const job = {
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "Job",
          name: "import",
          uid: "uid-of-import",
          controller: true,
        },
      ],
    };
    const looksAgain = { kind: "create", afterAnotherLook: true };

    it("looks again before it creates one for a Pod of another rollout", () => {
      expect(asked(ofReplicaSet("new", "x"), stays)).to.include(looksAgain);
    });
    for (const [title, origin, wait] of [
      ["for a scale-up", ofReplicaSet("old", "x"), true],
      ["with Create", ofReplicaSet("new", "x"), false],
      ["for a Pod without a controller", {}, true],
      ["for another workload of the pool", job, true],
    ] as const)
      it(`creates one at once ${title}`, () => {
        expect(asked(origin, stays, wait)).to.include({
          kind: "create",
          afterAnotherLook: false,
        });
      });
    it("waits as ever once the Pod of the old rollout is on its way out", () => {
      expect(asked(ofReplicaSet("new", "x"), goes)).to.include({
        kind: "wait",
        miss: "leaving",
      });
    });
  });

  it("says how a set that was made with Create becomes one of Wait", () => {
    const made = claim("made", {
      annotations: {
        "volume-claim-template/on-miss": "Create",
        "volume-claim-template/max-age": "30d",
        "volume-claim-template/idle-ttl": "7d",
      },
    });
    expect(summary(decided([made, FREE], { wait: true }))).to.equal(
      "reserve free",
    );
    const decision = decided([made], { wait: true });
    expect(summary(decision)).to.equal("reject on-miss");
    expect(decision)
      .to.have.property("why")
      .that.includes("the janitor may delete it")
      .and.includes(
        "kubectl annotate persistentvolumeclaim made --namespace=shop --overwrite volume-claim-template/on-miss=Wait volume-claim-template/idle-ttl- volume-claim-template/max-age-;",
      );
  });

  it("says what a person can do about an unfit set", () => {
    expect(decided([UNFIT], { wait: true }))
      .to.have.property("why")
      .that.includes("delete the claims with label volume-claim/set=unfit");
  });
});
