import { expect } from "chai";
import type { ClaimWrite } from "./audit.ts";
import type { SeenClaim, SeenPod, StoredChange } from "./history.ts";
import {
  checkStorm,
  FUNCTION,
  GARBAGE_COLLECTOR,
  JANITOR,
  missingIn,
  NAMESPACE_CONTROLLER,
  orphansIn,
} from "./invariants.ts";

/** The second in which the claim `web` is deleted. */
const DELETED_AT = 100_000;

const claim: SeenClaim = {
  namespace: "shop",
  name: "web",
  uid: "claim-1",
  createdAt: 10_000,
  ours: true,
  held: false,
  owners: [],
};
const pod: SeenPod = {
  namespace: "shop",
  name: "web-1",
  uid: "pod-1",
  createdAt: 11_000,
  claims: ["web"],
  admitted: true,
  finished: false,
};
const unheld: SeenPod = {
  ...pod,
  name: "by-hand-1",
  admitted: false,
  byHand: "without a hold",
};

/** Changes in their order; `gone` is the removal. */
function storedClaim(over: Partial<SeenClaim> = {}, gone = false) {
  return { kind: "claim", object: { ...claim, ...over }, gone } as const;
}
function storedPod(over: Partial<SeenPod> = {}, gone = false) {
  return { kind: "pod", object: { ...pod, ...over }, gone } as const;
}
const deletion = (over: Partial<SeenClaim> = {}) =>
  storedClaim({ deletedAt: DELETED_AT, ...over });

function deleteBy(user: string, over: Partial<ClaimWrite> = {}): ClaimWrite {
  return {
    user,
    verb: "delete",
    namespace: "shop",
    name: "web",
    mayHaveWorked: true,
    receivedAt: DELETED_AT + 100,
    answeredAt: DELETED_AT + 200,
    ...over,
  };
}

type Change = ReturnType<typeof storedClaim> | ReturnType<typeof storedPod>;

interface Case {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly writes?: readonly ClaimWrite[];
  readonly deletedNamespaces?: readonly string[];
  /** A part of the only violation; none when absent. */
  readonly violation?: string;
}

const CASES: readonly Case[] = [
  {
    name: "a claim whose Pod is gone is deleted by the janitor",
    changes: [storedClaim(), storedPod(), storedPod({}, true), deletion()],
    writes: [deleteBy(JANITOR)],
  },
  {
    name: "a claim is deleted that a Pod names",
    changes: [storedClaim(), storedPod(), deletion()],
    writes: [deleteBy(JANITOR)],
    violation: "names",
  },
  {
    name: "a Pod comes whose claim is being deleted",
    changes: [storedClaim(), deletion(), storedPod()],
    writes: [deleteBy(JANITOR)],
    violation: "is being deleted",
  },
  {
    name: "a Pod comes whose claim is gone",
    changes: [storedClaim(), deletion(), storedClaim({}, true), storedPod()],
    writes: [deleteBy(FUNCTION)],
    violation: "is not there",
  },
  {
    name: "two Pods have one claim",
    changes: [storedClaim(), storedPod(), storedPod({ uid: "pod-2" })],
    violation: "both have claim",
  },
  {
    name: "a Pod gets the claim of one that has finished",
    changes: [
      storedClaim(),
      storedPod(),
      storedPod({ finished: true }),
      storedPod({ uid: "pod-2" }),
    ],
  },
  {
    name: "a person mounts a claim that a Pod has",
    changes: [storedClaim(), storedPod(), storedPod({ ...unheld, uid: "2" })],
  },
  {
    name: "a held claim is deleted",
    changes: [storedClaim({ held: true }), deletion({ held: true })],
    writes: [deleteBy(JANITOR)],
    violation: "which is held",
  },
  {
    name: "a held claim is deleted by the garbage collector",
    changes: [
      storedClaim({ held: true, owners: ["pod-1"] }),
      deletion({ held: true }),
    ],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
    violation: "which is held",
  },
  {
    name: "a retained claim is deleted",
    changes: [storedClaim({ stays: "Retain" }), deletion()],
    writes: [deleteBy(JANITOR)],
    violation: "Retain",
  },
  {
    name: "the function takes back a reused claim that no Pod had",
    changes: [storedClaim({ stays: "Reuse" }), deletion()],
    writes: [deleteBy(FUNCTION)],
  },
  {
    name: "the function deletes a reused claim that a Pod had",
    changes: [
      storedClaim({ stays: "Reuse" }),
      storedPod(),
      storedPod({}, true),
      deletion(),
    ],
    writes: [deleteBy(FUNCTION)],
    violation: "Reuse",
  },
  {
    name: "a claim is deleted that is not ours",
    changes: [storedClaim({ ours: false }), deletion({ ours: false })],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
    violation: "which is not ours",
  },
  {
    name: "the janitor tries to delete a claim that is not ours",
    changes: [storedClaim({ ours: false })],
    writes: [deleteBy(JANITOR, { mayHaveWorked: false })],
    violation: "which is not ours",
  },
  {
    name: "the janitor updates a claim",
    changes: [storedClaim()],
    writes: [deleteBy(JANITOR, { verb: "update" })],
    violation: "asks to update",
  },
  {
    name: "somebody unknown writes a claim",
    changes: [storedClaim()],
    writes: [deleteBy("mallory", { verb: "patch" })],
    violation: "mallory asks to patch",
  },
  {
    name: "a claim is deleted, and the audit log does not say by whom",
    changes: [storedClaim(), deletion()],
    writes: [deleteBy(JANITOR, { answeredAt: DELETED_AT - 1 })],
    violation: "somebody unknown",
  },
  {
    name: "the garbage collector deletes a claim after its owner",
    changes: [
      storedClaim({ owners: ["pod-1"] }),
      storedPod(),
      storedPod({}, true),
      deletion({ owners: ["pod-1"] }),
    ],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
  },
  {
    name: "the garbage collector deletes a claim without an owner",
    changes: [storedClaim(), deletion()],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
    violation: "which has no owner",
  },
  {
    name: "the garbage collector deletes a claim that a person has just mounted without a hold",
    changes: [
      storedClaim({ owners: ["pod-1"] }),
      storedPod({ ...unheld, uid: "2", createdAt: DELETED_AT - 50_000 }),
      deletion(),
    ],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
  },
  {
    name: "the garbage collector deletes a claim that a person mounted many sweeps ago",
    changes: [
      storedClaim({ owners: ["pod-1"] }),
      storedPod({ ...unheld, uid: "2", createdAt: DELETED_AT - 61_000 }),
      deletion(),
    ],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
    violation: "names",
  },
  {
    name: "the garbage collector deletes a claim of which the person's Pod is an owner",
    changes: [
      storedClaim({ owners: ["pod-1", "2"] }),
      storedPod({ ...unheld, uid: "2", createdAt: DELETED_AT - 1_000 }),
      deletion(),
    ],
    writes: [deleteBy(GARBAGE_COLLECTOR)],
    violation: "names",
  },
  {
    name: "the janitor deletes a claim that a person has just mounted without a hold",
    changes: [
      storedClaim(),
      storedPod({ ...unheld, createdAt: DELETED_AT - 1_000 }),
      deletion(),
    ],
    writes: [deleteBy(JANITOR)],
  },
  {
    name: "the janitor deletes a claim that a person mounted a while ago",
    changes: [
      storedClaim(),
      storedPod({ ...unheld, createdAt: DELETED_AT - 6_000 }),
      deletion(),
    ],
    writes: [deleteBy(JANITOR)],
    violation: "names",
  },
  {
    name: "a claim goes with its namespace, and a Pod names it",
    changes: [storedClaim({ stays: "Retain" }), storedPod(), deletion()],
    deletedNamespaces: ["shop"],
  },
  {
    name: "the janitor deletes a claim that a Pod names in a namespace that goes",
    changes: [storedClaim(), storedPod(), deletion()],
    writes: [deleteBy(JANITOR)],
    deletedNamespaces: ["shop"],
    violation: "names",
  },
  {
    name: "the namespace controller deletes claims of a namespace that stays",
    changes: [storedClaim(), deletion()],
    writes: [deleteBy(NAMESPACE_CONTROLLER)],
    violation: "must not",
  },
];

describe("the check of a storm", () => {
  for (const { name, changes, deletedNamespaces, violation, writes } of CASES)
    it(`${violation === undefined ? "accepts" : "reports"}: ${name}`, () => {
      const { violations } = checkStorm({
        changes: changes.map((change, revision): StoredChange => ({
          ...change,
          revision,
        })),
        claimWrites: writes ?? [],
        podsOverQuota: 0,
        deletedNamespaces: new Set(deletedNamespaces),
      });
      if (violation === undefined) expect(violations).to.deep.equal([]);
      else expect(violations.join()).to.include(violation);
    });

  it("counts deletes, adoptions and claims that are handed over", () => {
    const changes = [
      storedClaim(),
      storedClaim({ owners: ["pod-1"] }),
      storedPod(),
      storedPod({}, true),
      storedPod({ uid: "pod-2" }),
      storedPod({ uid: "pod-2" }, true),
      deletion({ owners: ["pod-1"] }),
    ];
    const { adoptions, deletes, handOvers } = checkStorm({
      changes: changes.map((change, revision) => ({ ...change, revision })),
      claimWrites: [deleteBy(GARBAGE_COLLECTOR)],
      podsOverQuota: 0,
      deletedNamespaces: new Set(),
    });
    expect({ adoptions, handOvers }).to.deep.equal({
      adoptions: 1,
      handOvers: 1,
    });
    expect([...deletes]).to.deep.equal([[GARBAGE_COLLECTOR, 1]]);
  });

  it("finds orphans, and Pods whose claims are missing", () => {
    const claims = [
      claim,
      { ...claim, name: "orphan" },
      { ...claim, name: "held", held: true },
      { ...claim, name: "kept", stays: "Retain" as const },
      { ...claim, name: "foreign", ours: false },
    ];
    const pods = [pod, { ...pod, name: "web-2", claims: ["lost"] }];
    const remains = { claims, pods };
    expect(orphansIn(remains, new Set())).to.deep.equal(["shop/orphan"]);
    expect(missingIn(remains, new Set())).to.deep.equal([
      "Pod shop/web-2 names claim lost",
    ]);
    expect(orphansIn(remains, new Set(["shop"]))).to.deep.equal([]);
    expect(missingIn(remains, new Set(["shop"]))).to.deep.equal([]);
  });
});
