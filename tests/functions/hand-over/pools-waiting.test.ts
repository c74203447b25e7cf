import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { ApiUnreachableError } from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { PoolMissError, poolsOn } from "../../../functions/hand-over/pools.ts";
import { FakePool, LEASED, requestOf, wantingFrom } from "./fake-pool.ts";
import {
  claim,
  NOW,
  ofReplicaSet,
  pod,
  wanting,
} from "../pool/pool-builders.ts";

describe("poolsOn, for a Pod that waits", () => {
  it("waits for a set that is leaving, for a second at most, and not for the lease of the Pod that leaves", async () => {
    const { obtain, reads } = leavingPool(false);
    expect(await obtain()).to.include({ kind: "hit", set: "a" });
    expect(reads()).to.equal(3);
  });

  it("does not wait for a set that is leaving when the Pods before it in the pool have waited for a second", async () => {
    const { obtain, reads } = leavingPool(false);
    const rejected = await obtain(performance.now() - 1_000).catch(
      (error: unknown) => error,
    );
    expect(rejected).to.be.instanceOf(PoolMissError).and.include({
      miss: "leaving",
    });
    expect(reads()).to.equal(1);
  });

  it("ends the leases of all Pods that leave at once, and does not wait longer for the answers than for the sets", async () => {
    const names = ["a", "b", "c", "d"];
    const fake = new FakePool(
      names.map((name) => claim(name, { annotations: LEASED })),
    );
    const reader: PoolReader = {
      async read(...args) {
        const leaving = names.map((name) =>
          pod(`old-${name}`, name, { deletionTimestamp: new Date(NOW) }),
        );
        return {
          ...(await fake.reader.read(...args)),
          users: claimUsers(leaving, []),
        };
      },
    };
    const written = new Set<string>();
    const api: ApiServer = (request) => {
      written.add(request.path);
      return silent(request);
    };
    const start = performance.now();
    const rejected = await poolsOn(api, reader)
      .obtain(
        requestOf("uid-1", { wanted: wanting({ limits: { wait: true } }) }),
        start + 8_000,
        false,
      )
      .catch((error: unknown) => error);
    expect(rejected).to.include({ miss: "leaving" });
    expect(performance.now() - start).to.be.below(2_000);
    expect(written.size).to.equal(names.length);
  });

  it("answers in time, although the end of a lease takes longer", async () => {
    const { fake, reader } = leavingPool(false);
    const begun = performance.now();
    const limits = { wait: true };
    const rejected = await poolsOn(silent, reader)
      .obtain(
        requestOf("uid-1", { wanted: wanting({ limits }) }),
        begun + 300,
        false,
      )
      .catch((error: unknown) => error);
    expect(rejected).to.include({ miss: "leaving" });
    expect(performance.now() - begun).to.be.below(450);
    expect(fake.reads).to.equal(1);
  });

  describe("in a rollout without surge, when the new Pod comes before the old one is deleted", () => {
    it("looks again until that one is gone, and hands over its set", async () => {
      expect(await rollOut({})).to.include({ kind: "hit", reads: 4 });
    });
    it("makes no new set, also when sets were in flight for the second before", async () => {
      const rejected = await rollOut({
        inFlight: ["b", "b", "b", "c", "c", "c"],
        staysFor: 8,
      }).catch((error: unknown) => error);
      expect(rejected).to.include({ miss: "leaving" });
    });
    it("lets the Pod get a new set after a second", async () => {
      const { kind, tookMs } = await rollOut({ staysFor: 1_000 });
      expect(kind).to.equal("miss");
      expect(tookMs).to.be.within(700, 1_500);
    });
    it("answers a dry run at once", async () => {
      expect(await rollOut({ dryRun: true })).to.include({
        kind: "miss",
        reads: 1,
      });
    });
  });

  describe("while many Pods come at once, and each list has one more of them", () => {
    it("waits as long as another set is in flight each time", async () => {
      const { kind, tookMs } = await startOf(["a", "b", "c", "d"]);
      expect(kind).to.equal("hit");
      expect(tookMs).to.be.above(2_000);
    });
    it("is rejected after half of its time", async () => {
      const { kind, tookMs } = await startOf(["a", "b", "c", "d"], 3_000);
      expect(kind).to.equal("in-flight");
      expect(tookMs).to.be.within(1_000, 1_600);
    });
    it("is rejected when one set is in flight for more than a second", async () => {
      const { kind, tookMs } = await startOf(["a", "b", "b", "b", "b"]);
      expect(kind).to.equal("in-flight");
      expect(tookMs).to.be.within(1_200, 2_000);
    });
  });

  it("does not end the lease of a set whose Pod had finished before: another Pod may be on its way to it", async () => {
    const { fake, obtain } = leavingPool(true);
    await obtain().then(
      () => expect.fail("it was not rejected"),
      (error: unknown) =>
        expect(error).to.be.instanceOf(PoolMissError).and.include({
          miss: "in-flight",
        }),
    );
    expect(fake.lease("a")).to.equal("uid-0");
  });
});

/** An API server that never answers. */
const silent: ApiServer = async ({ timeoutMs }) => {
  await sleep(timeoutMs);
  throw new ApiUnreachableError("no answer in time");
};

/** Pool with one set, under a lease of a minute; its Pod is terminating in the first two lists, and gone in the others. */
function leavingPool(finished: boolean) {
  const fake = new FakePool([claim("a")]);
  fake.touch("a", LEASED);
  let reads = 0;
  const leaving = pod("old", "a", { deletionTimestamp: new Date(NOW) });
  const reader: PoolReader = {
    async read(...args) {
      const lists = await fake.reader.read(...args);
      reads += 1;
      const users =
        reads < 3
          ? claimUsers([leaving], finished ? [failedPod(leaving)] : [])
          : claimUsers([], []);
      return { ...lists, users };
    },
  };
  const obtain = (cameAt = performance.now()) =>
    poolsOn(fake.api, reader).obtain(
      requestOf("uid-1", {
        cameAt,
        wanted: wanting({ limits: { wait: true } }),
      }),
      performance.now() + 10_000,
      false,
    );
  return { fake, obtain, reader, reads: () => reads };
}

/** Each of these sets is in flight for 600 ms, one after another. Then all sets but one have Pods. */
async function startOf(
  inFlight: readonly string[],
  timeMs = 10_000,
): Promise<{ kind: string; tookMs: number }> {
  const fake = new FakePool([]);
  const begun = performance.now();
  const reader: PoolReader = {
    async read(...args) {
      const lists = await fake.reader.read(...args);
      const at = Math.floor((performance.now() - begun) / 600);
      const now = inFlight[at];
      const names = [...new Set(inFlight)];
      return {
        ...lists,
        claims: [
          claim("free"),
          ...names.map((name) => claim(name, { annotations: LEASED })),
        ],
        users: claimUsers(
          names
            .filter((name) => name !== now)
            .map((name) => pod(`of-${name}`, name)),
          [],
        ),
      };
    },
  };
  fake.claims.set("free", claim("free"));
  const kind = await poolsOn(fake.api, reader)
    .obtain(
      requestOf("uid-1", { wanted: wanting({ limits: { wait: true } }) }),
      begun + timeMs,
      false,
    )
    .then(
      (obtained) => obtained.kind,
      (error: unknown) => {
        if (!(error instanceof PoolMissError)) throw error;
        return error.miss;
      },
    );
  return { kind, tookMs: performance.now() - begun };
}

function failedPod(one: ReturnType<typeof pod>): ReturnType<typeof pod> {
  return { ...one, status: { phase: "Failed" } };
}

/** A Pod of a new rollout comes. The old Pod stays in the first lists, is terminating in the next one, and then it is gone. `inFlight` names the set that is in flight in each of the first lists. */
async function rollOut({
  staysFor = 2,
  inFlight = [] as readonly string[],
  dryRun = false,
}): Promise<{ kind: string; reads: number; tookMs: number }> {
  const fake = new FakePool([claim("a")]);
  let reads = 0;
  const reader: PoolReader = {
    async read(...args) {
      const lists = await fake.reader.read(...args);
      const names = [...new Set(inFlight)];
      const otherPods = names
        .filter((name) => name !== inFlight[reads])
        .map((name) => pod(`of-${name}`, name, ofReplicaSet("new", name)));
      reads += 1;
      const old = ofReplicaSet("old", "a");
      const deletionTimestamp = new Date(NOW);
      const listed =
        reads <= staysFor
          ? [pod("old", "a", old)]
          : reads === staysFor + 1
            ? [pod("old", "a", { ...old, deletionTimestamp })]
            : [];
      return {
        ...lists,
        claims: [
          ...lists.claims,
          ...names.map((name) => claim(name, { annotations: LEASED })),
        ],
        users: claimUsers([...listed, ...otherPods], []),
      };
    },
  };
  const now = performance.now();
  const { kind } = await poolsOn(fake.api, reader).obtain(
    requestOf("uid-1", {
      wanted: wantingFrom("new", { wait: true }),
    }),
    now + 10_000,
    dryRun,
  );
  return { kind, reads, tookMs: performance.now() - now };
}
