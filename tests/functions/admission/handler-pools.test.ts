import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { PoolMissError, poolsOn } from "../../../functions/hand-over/pools.ts";
import type { Pools } from "../../../functions/hand-over/pools.ts";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";
import { pod as poolPod } from "../pool/pool-builders.ts";
import { asked, created, handled, noPools, worldOf } from "./handler-world.ts";
import type { Handled } from "./handler-world.ts";

/** Handles a Pod whose claim is reused, and which gets this from its pool. */
function handledReuse(obtain: Pools["obtain"]): Promise<Handled> {
  const annotations = {
    ...cacheAnnotations,
    "volume-claim-template/retention": "Reuse",
  };
  return handled([], {
    pod: aPod({ annotations }),
    pools: { ...noPools, obtain, surplus: () => Promise.resolve(0) },
  });
}

describe("createHandler, for a Pod of a pool", function () {
  this.timeout(20_000);

  // The first call loads what plans a Pod.
  before(() => handled([created]));

  for (const [isFresh, reason] of [
    [false, "free"],
    [true, "fresh"],
  ] as const)
    it(`tells the metrics, the log and the audit log that a set was handed over, and which: ${reason}`, async () => {
      const { response } = await handledReuse(() =>
        Promise.resolve({
          kind: "hit",
          set: "web-cache-1",
          isFresh,
          claims: new Map([["cache", "web-cache-1"]]),
        }),
      );
      expect(response?.allowed).to.equal(true);
      expect(response?.pool).to.deep.equal({ outcome: "hit", reason });
      expect(response?.auditAnnotations).to.deep.equal({
        claims: "web-cache-1",
        pool: "hit web-cache-1",
      });
    });

  it("tells them why a Pod got a new set", async () => {
    const { response, manifests } = await handledReuse(() =>
      Promise.resolve({
        kind: "miss",
        reason: "in-flight",
        lease: { requestUid: "uid-1", at: 0 },
      }),
    );
    expect(response?.allowed).to.equal(true);
    expect(response?.pool).to.deep.equal({
      outcome: "miss",
      reason: "in-flight",
    });
    expect(response?.auditAnnotations).to.deep.equal({
      claims: manifests[0]?.metadata.name,
      pool: "miss in-flight",
    });
  });

  for (const [reason, status] of [
    ["leaving", 409],
    ["no-answer", 503],
  ] as const)
    it(`tells them why a Pod was rejected: ${reason}`, async () => {
      const { response } = await handledReuse(() =>
        Promise.reject(new PoolMissError(reason, "not now")),
      );
      expect(response?.allowed).to.equal(false);
      expect(response?.code).to.equal(status);
      expect(response?.pool).to.deep.equal({ outcome: "rejected", reason });
      expect(response?.auditAnnotations).to.deep.equal({
        pool: `rejected ${reason}`,
      });
    });

  it("gives each Pod of a pool with max-sets a second from when its turn comes: of 25 at once, none is rejected", async () => {
    const stored: ListedPod[] = [];
    const reader: PoolReader = {
      read: () =>
        Promise.resolve({
          claims: world.manifests as unknown as V1PersistentVolumeClaim[],
          users: claimUsers(stored, []),
          now: Date.now(),
          begunAt: performance.now(),
          judged: new Map(),
          tried: new Map(),
          endedLeases: new Set(),
        }),
    };
    const world = worldOf([], { pools: poolsOn(asked, reader) });
    const waiting = aPod({
      annotations: {
        ...cacheAnnotations,
        "volume-claim-template/retention": "Reuse",
        "volume-claim-template/on-miss": "Wait",
        "volume-claim-template/max-sets": "25",
      },
    });
    const responses = await Promise.all(
      Array.from({ length: 25 }, async (_, index) => {
        const response = await world.handler(
          aRequest(waiting, { uid: `uid-${index}` }),
          performance.now() + 10_000,
        );
        // The API server stores the Pod a little later.
        await sleep(20);
        const name = response.auditAnnotations?.["claims"];
        if (name !== undefined) stored.push(poolPod(`web-${index}`, name));
        return response;
      }),
    );
    expect(
      responses.filter(({ allowed }) => !allowed).map(({ reason }) => reason),
    ).to.deep.equal([]);
    expect(world.manifests).to.have.lengthOf(25);
  });

  it("says why a Pod of a pool with max-sets does not get its turn in time", async () => {
    const never = new Promise<never>(() => {});
    const world = worldOf([], { pools: { ...noPools, obtain: () => never } });
    const pod = aPod({
      annotations: {
        ...cacheAnnotations,
        "volume-claim-template/retention": "Reuse",
        "volume-claim-template/max-sets": "1",
      },
    });
    void world.handler(aRequest(pod, { uid: "uid-1" }), Infinity);
    const response = await world.handler(
      aRequest(pod, { uid: "uid-2" }),
      performance.now() + 100,
    );
    expect(response).to.include({ allowed: false, code: 409 });
    expect(response.pool).to.deep.equal({
      outcome: "rejected",
      reason: "in-flight",
    });
    expect(response.reason).to.include(
      "with max-sets, its Pods get their claims one after another",
    );
  });
});
