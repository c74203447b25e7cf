import { expect } from "chai";
import {
  POOL_LABEL,
  SET_LABEL,
  TEMPLATE_IDLE_TTL as IDLE_TTL,
  TEMPLATE_ON_MISS as ON_MISS,
  TEMPLATE_RETENTION as RETENTION,
  UNUSED_SINCE_ANNOTATION as UNUSED_SINCE,
} from "../../functions/contract/keys.ts";
import { annotate, label, own } from "./claims.ts";
import type { ClaimOver } from "./claims.ts";
import { fenceSuite } from "./fence-suite.ts";

const LEASE = {
  "volume-claim/lease-request": "8d1f",
  "volume-claim/lease-time": "2026-01-01T00:00:00Z",
  "volume-claim/uses": "2",
};
const JUDGEMENT = {
  "volume-claim/quarantine": "its Pod is Pending",
  "volume-claim/node-affinity": "[]",
  "volume-claim/node-uids": "{}",
};
const MARKED = { [UNUSED_SINCE]: "2026-01-01T00:00:00Z" };
const IN_POOL = { [POOL_LABEL]: "k4vtq2xw8n" };

const ONLY_LEASES =
  "may change only annotations volume-claim/lease-request, volume-claim/lease-time and volume-claim/uses of a claim, and only raise its spec.resources.requests.storage";
const ONLY_POOLS = "may change only claims of a pool";
const KEPT = "kept by stateful-deployments";

describe("the policies about claims that are reused", function () {
  this.timeout(60_000);
  const fence = fenceSuite();
  let claim: string;

  before(async () => {
    claim = await madeLeader({ ...reused(LEASE), bound: true });
    await fence.admin.patch(claim, requesting("3Gi"));
  });

  /** Creates a claim that leads its set unless another does. */
  async function madeLeader(over: ClaimOver): Promise<string> {
    const name = await fence.made(over);
    if (over.labels?.[SET_LABEL] === undefined)
      await fence.admin.patch(name, label({ [SET_LABEL]: name }));
    return name;
  }

  const leases: Record<string, object> = {
    "gives a lease": annotate({ ...LEASE, "volume-claim/uses": "3" }),
    "takes a lease back": annotate({
      "volume-claim/lease-request": null,
      "volume-claim/lease-time": null,
    }),
    "gives a lease, and lets the claim grow": {
      ...annotate({ "volume-claim/uses": "3" }),
      ...requesting("4Gi"),
    },
  };
  for (const [title, change] of Object.entries(leases))
    it(`allow that the function ${title}`, async () => {
      expect(await fence.function.patch(claim, change)).to.equal("allowed");
    });

  const changes: Record<string, object> = {
    "an annotation of a user": annotate({ team: "a" }),
    "the hold": annotate({ "volume-claim/hold": "true" }),
    "the retention": annotate({ [RETENTION]: null }),
    "the uid of the request": annotate({ "volume-claim/request-uid": null }),
    "the mark of the janitor": annotate(MARKED),
    "the quarantine": annotate({ "volume-claim/quarantine": "x" }),
    "the pool": label({ [POOL_LABEL]: "another" }),
    "a label of a user": label({ team: "a" }),
    "the finalizers": { metadata: { finalizers: null } },
    "the owners": own({ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }),
    // A claim that did not grow yet: the API server itself allows to take that back.
    "the size downwards": requesting("2Gi"),
    "the class of its attributes": {
      spec: { volumeAttributesClassName: "fast" },
    },
  };
  for (const [title, change] of Object.entries(changes))
    it(`reject that the function changes ${title}`, async () => {
      expect(await fence.function.patch(claim, change)).to.include(ONLY_LEASES);
    });

  const notInPool: Record<string, ClaimOver> = {
    "without a pool": {},
    "that it did not make": { labels: IN_POOL, drop: "managed" },
    "of another manager": {
      labels: { ...IN_POOL, "app.kubernetes.io/managed-by": "Helm" },
    },
  };
  for (const [title, over] of Object.entries(notInPool))
    it(`reject that the function leases a claim ${title}, also when it marks the claim in the same request`, async () => {
      const other = await fence.made(over);
      for (const labels of [
        {},
        {
          ...IN_POOL,
          managed: "true",
          "app.kubernetes.io/managed-by": "stateful-deployments",
        },
      ])
        expect(
          await fence.function.patch(other, {
            metadata: { labels, annotations: LEASE },
          }),
        ).to.include(ONLY_POOLS);
    });

  it("allow that the function leases a claim that no request made, which an administrator has moved into a pool", async () => {
    const moved = await fence.made({
      labels: IN_POOL,
      drop: "volume-claim/request-uid",
    });
    expect(await fence.function.patch(moved, annotate(LEASE))).to.equal(
      "allowed",
    );
  });

  describe("that a person moves into a pool", () => {
    const IMPORT = {
      metadata: {
        labels: {
          managed: "true",
          "app.kubernetes.io/managed-by": "stateful-deployments",
          "volume-claim-template/name": "data",
          ...IN_POOL,
          [SET_LABEL]: "data-pg-0",
        },
        annotations: { [RETENTION]: "Reuse", [ON_MISS]: "Wait" },
      },
    };
    /** A claim as the controller of a StatefulSet makes it. */
    const ofStatefulSet: ClaimOver = {
      labels: { managed: "", "app.kubernetes.io/managed-by": "Helm" },
      drop: "volume-claim/request-uid",
    };

    it("allow that a tenant moves a claim in, and takes it back", async () => {
      const theirs = await fence.made(ofStatefulSet);
      expect(await fence.tenant.patch(theirs, IMPORT)).to.equal("allowed");
      await fence.admin.patch(theirs, IMPORT);
      expect(
        await fence.tenant.patch(
          theirs,
          label({ managed: null, [POOL_LABEL]: null, [SET_LABEL]: null }),
        ),
      ).to.equal("allowed");
    });

    for (const [title, over, change] of [
      [
        "writes the uid of a request on it",
        ofStatefulSet,
        annotate({ "volume-claim/request-uid": "8d1f" }),
      ],
      [
        "writes a lease on it",
        ofStatefulSet,
        annotate({ "volume-claim/uses": "1" }),
      ],
      [
        "marks a claim that a request made",
        { drop: "managed" },
        label({ managed: "true" }),
      ],
    ] as const)
      it(`reject that a tenant ${title}`, async () => {
        const theirs = await fence.made(over);
        expect(
          await fence.tenant.patch(theirs, {
            metadata: { ...IMPORT.metadata, ...change.metadata },
          }),
        ).to.include(KEPT);
      });

    it("allow that the janitor says what it knows of it, and nothing else", async () => {
      const moved = await fence.made(ofStatefulSet);
      await fence.admin.patch(moved, IMPORT);
      const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
      expect(await fence.janitor.patch(moved, annotate(JUDGEMENT))).to.equal(
        "allowed",
      );
      // Without its retention it looks like a claim that goes with its Pod.
      await fence.admin.patch(moved, annotate({ [RETENTION]: null }));
      expect(await fence.janitor.patch(moved, own(owner))).to.include(
        "may touch only claims that the function made",
      );
      expect(await fence.janitor.patch(moved, annotate(LEASE))).to.include(
        "may change only ownerReferences",
      );
      await fence.admin.patch(moved, annotate({ ...MARKED, [IDLE_TTL]: "1s" }));
      expect(await fence.janitor.remove(moved)).to.include(
        "may touch only claims that the function made",
      );
    });
  });

  it("allow that the janitor writes and removes what it knows of a set", async () => {
    expect(await fence.janitor.patch(claim, annotate(JUDGEMENT))).to.equal(
      "allowed",
    );
    await fence.admin.patch(claim, annotate(JUDGEMENT));
    expect(
      await fence.janitor.patch(
        claim,
        annotate({
          "volume-claim/quarantine": null,
          "volume-claim/node-affinity": null,
          "volume-claim/node-uids": null,
        }),
      ),
    ).to.equal("allowed");
  });

  for (const [key, value] of Object.entries(LEASE))
    it(`reject that the janitor changes or removes ${key}`, async () => {
      for (const change of [`${value}0`, null])
        expect(
          await fence.janitor.patch(claim, annotate({ [key]: change })),
        ).to.include("may change only ownerReferences");
    });

  for (const [key, value] of Object.entries({ ...LEASE, ...JUDGEMENT }))
    it(`reject that a tenant adds, changes or removes ${key}`, async () => {
      const without = await fence.made(reused());
      const having = await fence.made(reused({ [key]: value }));
      for (const [name, change] of [
        [without, value],
        [having, `${value}0`],
        [having, null],
      ] as const)
        for (const subresource of ["", "/status"])
          expect(
            await fence.tenant.patch(
              name,
              annotate({ [key]: change }),
              subresource,
            ),
          ).to.include(`annotation ${key} is ${KEPT}`);
    });

  it("allow that a tenant moves a claim into a pool and out of it", async () => {
    const other = await fence.made({ annotations: { [RETENTION]: "Reuse" } });
    const into = label({ ...IN_POOL, [SET_LABEL]: other });
    expect(await fence.tenant.patch(other, into)).to.equal("allowed");
    await fence.admin.patch(other, into);
    expect(
      await fence.tenant.patch(
        other,
        label({ [POOL_LABEL]: null, [SET_LABEL]: null }),
      ),
    ).to.equal("allowed");
  });

  const deleted: Record<string, ClaimOver> = {
    "that leads its set and has the mark": reused(MARKED),
    "that another claim leads": reused({}, "another"),
    "to wait for, after its idle-ttl": reused({
      [ON_MISS]: "Wait",
      [IDLE_TTL]: "7d",
      ...MARKED,
    }),
  };
  for (const [title, over] of Object.entries(deleted))
    it(`allow that the janitor deletes a claim ${title}`, async () => {
      expect(await fence.janitor.remove(await madeLeader(over))).to.equal(
        "allowed",
      );
    });

  const kept: Record<string, ClaimOver> = {
    "that leads its set, without the mark": reused(),
    "to wait for": reused({ [ON_MISS]: "Wait", ...MARKED }),
    "to wait for that another claim leads": reused(
      { [ON_MISS]: "Wait" },
      "another",
    ),
    "whose idle-ttl is not a duration": reused({
      [IDLE_TTL]: "soon",
      ...MARKED,
    }),
    "whose on-miss is not known": reused({ [ON_MISS]: "wait", ...MARKED }),
  };
  for (const [title, over] of Object.entries(kept))
    it(`reject that the janitor deletes a claim ${title}`, async () => {
      expect(await fence.janitor.remove(await madeLeader(over))).to.include(
        "may delete only claims whose retention is Delete",
      );
    });

  it("reject that the janitor gives an owner to a claim that is reused", async () => {
    expect(
      await fence.janitor.patch(
        claim,
        own({ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }),
      ),
    ).to.include("may not give an owner");
  });
});

/** A claim of a pool, in the set of `leader`. */
function reused(
  annotations: Record<string, string> = {},
  leader?: string,
): ClaimOver {
  return {
    labels: {
      ...IN_POOL,
      ...(leader !== undefined && { [SET_LABEL]: leader }),
    },
    annotations: { [RETENTION]: "Reuse", ...annotations },
  };
}

function requesting(storage: string): object {
  return { spec: { resources: { requests: { storage } } } };
}
