import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { PoolMissError, poolsOn } from "../../../functions/hand-over/pools.ts";
import type { Pools } from "../../../functions/hand-over/pools.ts";
import type { WantedSet } from "../../../functions/pool/sets.ts";
import { FakePool, requestOf, wantingFrom } from "./fake-pool.ts";
import { claim, NOW, pod, wanting } from "../pool/pool-builders.ts";

/** What is thrown when the list fails with `error`, and when the write does. */
async function thrownAfter(error: Error): Promise<unknown[]> {
  const listing = new FakePool([claim("a")]);
  listing.reader.read = () => Promise.reject(error);
  const writing = new FakePool([claim("a")]);
  writing.beforeWrite = () => {
    throw error;
  };
  return await Promise.all(
    [listing, writing].map((fake) =>
      fake.obtain("uid-1").catch((caught: unknown) => caught),
    ),
  );
}

/** A claim of this size. */
function sized(name: string, storage: string): V1PersistentVolumeClaim {
  return claim(name, { spec: { resources: { requests: { storage } } } });
}

/** A pool whose only set is written to before the first try, while Pod `late` is stored on this claim. */
function changedUnder(
  claims: V1PersistentVolumeClaim[],
  lateOn?: string,
): FakePool {
  const fake = new FakePool(claims);
  fake.beforeWrite = () => {
    fake.beforeWrite = () => undefined;
    fake.touch("a");
    if (lateOn !== undefined) fake.pods.set("late", lateOn);
  };
  return fake;
}

describe("poolsOn", () => {
  it("reserves a set that a controller has changed meanwhile, after another look at it", async () => {
    const fake = new FakePool([claim("a")]);
    let writes = 0;
    fake.beforeWrite = () => {
      if ((writes += 1) === 1) fake.touch("a");
    };
    expect(await fake.obtain("uid-1")).to.equal("hit a");
    expect(writes).to.equal(2);
    expect(fake.lease("a")).to.equal("uid-1");
  });

  for (const [title, annotations] of [
    [
      "reserved",
      {
        "volume-claim/lease-request": "other",
        "volume-claim/uses": "2",
        "volume-claim/lease-time": new Date(NOW).toISOString(),
      },
    ],
    ["reserved and given up", { "volume-claim/uses": "2" }],
    ["held", { "volume-claim/hold": "true" }],
    ["put into quarantine", { "volume-claim/quarantine": "node gone" }],
  ] as const)
    it(`does not take a set that somebody has ${title} since the list`, async () => {
      const fake = new FakePool([claim("a")], true);
      fake.beforeWrite = () => {
        fake.beforeWrite = () => undefined;
        fake.touch("a", { ...annotations });
      };
      expect(await fake.obtain("uid-1")).to.match(/^miss/);
      expect(fake.lease("a")).not.to.equal("uid-1");
    });

  describe("when a set has changed since the list and still looks free", () => {
    it("does not take it when a Pod was stored with it", async () => {
      const fake = changedUnder([claim("a")], "a");
      expect(await fake.obtain("uid-1")).to.equal("miss used");
      expect(fake.lease("a")).to.equal(undefined);
    });

    it("does not take it when a Pod was stored with one of its other claims", async () => {
      const log = claim("a-log", { set: "a", volume: "log" });
      const fake = changedUnder([claim("a"), log], "a-log");
      fake.podOf = (name, of) =>
        pod(name, of, { labels: { "volume-claim/log": of } });
      const obtained = await poolsOn(fake.api, fake.reader).obtain(
        requestOf("uid-1", { wanted: wanting({ volumes: ["data", "log"] }) }),
        performance.now() + fake.timeMs,
        false,
      );
      expect(obtained).to.include({ kind: "miss", reason: "used" });
      expect(fake.lease("a")).to.equal(undefined);
    });

    it("rejects the Pod when the function may not ask who uses it", async () => {
      const fake = changedUnder([claim("a")]);
      fake.beforePodsWith = () => {
        throw new ApiStatusError(403, "pods is forbidden");
      };
      const error = await fake.obtain("uid-1").catch(String);
      expect(error).to.include(
        "cannot list the Pods of set a: pods is forbidden",
      );
      expect(fake.lease("a")).to.equal(undefined);
    });
  });

  it("does not try a set again that another Pod with the same lists is about to get: it gets a new one at once", async () => {
    const fake = new FakePool([claim("a")]);
    const lists = await fake.reader.read("shop", "hash", 0, 0);
    let reads = 0;
    const reader: PoolReader = {
      read: () => {
        reads += 1;
        return Promise.resolve(lists);
      },
    };
    const api: ApiServer = async (request) => {
      await sleep(20);
      return await fake.api(request);
    };
    const pools = poolsOn(api, reader);
    const outcomes = await Promise.all(
      ["uid-1", "uid-2"].map(async (uid) => {
        const deadline = performance.now() + 10_000;
        const obtained = await pools.obtain(requestOf(uid), deadline, false);
        return obtained.kind === "hit" ? "hit" : `miss ${obtained.reason}`;
      }),
    );
    expect(outcomes).to.deep.equal(["hit", "miss in-flight"]);
    expect(reads).to.equal(2);
  });

  describe("of shared lists", () => {
    const inZoneA = JSON.stringify([
      [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }],
    ]);
    const annotations = { "volume-claim/node-affinity": inZoneA };

    /** What dry runs of Pods say, and how often these Pods judged the sets. */
    async function dryRuns(
      ...wishes: WantedSet[]
    ): Promise<{ outcomes: string[]; judgements: number }> {
      const fake = new FakePool(
        ["a", "b"].map((name) => claim(name, { annotations })),
      );
      const listed = await fake.reader.read("shop", "hash", 0, 0);
      let judgements = 0;
      const lists = {
        ...listed,
        // Whoever judges the sets reads the claims.
        get claims() {
          judgements += 1;
          return listed.claims;
        },
      };
      const pools = poolsOn(fake.api, { read: () => Promise.resolve(lists) });
      const outcomes: string[] = [];
      for (const [index, wanted] of wishes.entries()) {
        const obtained = await pools.obtain(
          requestOf(`uid-${index}`, { wanted }),
          performance.now() + 10_000,
          true,
        );
        outcomes.push(
          obtained.kind === "hit" ? "hit" : `miss ${obtained.reason}`,
        );
      }
      return { outcomes, judgements };
    }

    it("judges the sets once for Pods that want the same", async () => {
      expect(await dryRuns(wanting(), wanting())).to.deep.equal({
        outcomes: ["hit", "hit"],
        judgements: 1,
      });
    });
    it("judges the sets once for Pods of two controllers with Create", async () => {
      const limits = { wait: false };
      const wishes = ["old", "new"].map((hash) => wantingFrom(hash, limits));
      expect(await dryRuns(...wishes)).to.deep.equal({
        outcomes: ["hit", "hit"],
        judgements: 1,
      });
    });
    it("judges the sets anew for a Pod of another controller with Wait: a rollout may soon free other sets for it", async () => {
      const limits = { wait: true };
      const wishes = ["old", "new"].map((hash) => wantingFrom(hash, limits));
      expect(await dryRuns(...wishes)).to.deep.equal({
        outcomes: ["hit", "hit"],
        judgements: 2,
      });
    });

    for (const [title, wanted, outcome] of [
      [
        "asks for another class",
        { spec: { storageClassName: "other" } },
        "miss storage-class",
      ],
      ["has another volume", { volumes: ["log"] }, "miss member-missing"],
      ["has a bound", { limits: { wait: false, maxUses: 1 } }, "miss max-uses"],
      [
        "excludes the nodes of the volume",
        { nodes: { nodeSelector: { zone: "b" } } },
        "miss node",
      ],
    ] as const)
      it(`judges the sets anew for a Pod that ${title}`, async () => {
        expect(await dryRuns(wanting(), wanting(wanted))).to.deep.equal({
          outcomes: ["hit", outcome],
          judgements: 2,
        });
      });
  });

  it("throws a fault of our own", async () => {
    const bug = new TypeError("a bug");
    for (const thrown of await thrownAfter(bug)) expect(thrown).to.equal(bug);
  });

  it("W11: does not blame the creator of the Pod for the credentials of the function", async () => {
    const unauthorized = new ApiStatusError(401, "Unauthorized");
    for (const thrown of await thrownAfter(unauthorized))
      expect(thrown)
        .to.include({ status: 503, reason: "ServiceUnavailable" })
        .and.to.have.property("message")
        .that.matches(
          /^cannot .*: the API server does not accept the credentials of stateful-deployments: Unauthorized$/,
        );
  });

  it("takes another set when one is deleted meanwhile", async () => {
    const fake = new FakePool([claim("a"), claim("b")]);
    fake.beforeWrite = (name) => {
      fake.beforeWrite = () => undefined;
      fake.claims.delete(name);
      throw new ApiStatusError(404, "not found");
    };
    expect(await fake.obtain("uid-1")).to.match(/^hit [ab]$/);
  });

  describe("asked for more than 50 sets have, whose storage class cannot expand volumes", () => {
    const spec = { resources: { requests: { storage: "2Gi" } } };
    const small = Array.from({ length: 50 }, (_, at) => claim(`small-${at}`));
    for (const [title, more, outcome, tries] of [
      ["gets a new set", [], "miss cannot-grow", 1],
      [
        "takes a set that is large enough first",
        [claim("z", { spec })],
        "hit z",
        0,
      ],
      [
        "tries a set of another class, too",
        [claim("z", { spec: { storageClassName: "other" } })],
        "hit z",
        1,
      ],
    ] as const)
      it(`${title}, and asks the API server at most once for each storage class`, async () => {
        const fake = new FakePool([...structuredClone(small), ...more]);
        let rejected = 0;
        fake.beforeWrite = (name) => {
          if (name === "z") return;
          rejected += 1;
          throw new ApiStatusError(
            403,
            "only dynamically provisioned pvc can be resized",
          );
        };
        expect(await fake.obtain("uid-1", { wait: false }, spec)).to.equal(
          outcome,
        );
        expect(rejected).to.be.at.most(tries);
      });
  });

  it("takes a set that must grow less when a quota rejects the growth of another", async () => {
    const fake = new FakePool([
      ...Array.from({ length: 20 }, (_, at) => sized(`small-${at}`, "5Gi")),
      sized("large", "15Gi"),
    ]);
    let rejected = 0;
    fake.beforeWrite = (name) => {
      if (name === "large") return;
      rejected += 1;
      throw new ApiStatusError(403, "exceeded quota: 10Gi are left");
    };
    const spec = { resources: { requests: { storage: "20Gi" } } };
    expect(await fake.obtain("uid-1", { wait: true }, spec)).to.equal(
      "hit large",
    );
    expect(rejected).to.be.at.most(1);
  });

  for (const [status, answer] of [
    [403, "exceeded quota: small"],
    [422, "only dynamically provisioned pvc can be resized"],
  ] as const)
    it(`says why a set cannot grow as the API server does, and what to do: ${answer}`, async () => {
      const fake = new FakePool([claim("a")]);
      fake.beforeWrite = () => {
        throw new ApiStatusError(status, answer);
      };
      const spec = { resources: { requests: { storage: "2Gi" } } };
      const rejected = await fake
        .obtain("uid-1", { wait: true }, spec)
        .catch((error: unknown) => error);
      expect(rejected)
        .to.include({ status: 409, miss: "cannot-grow" })
        .and.to.have.property("message")
        .that.includes(`cannot grow: ${answer}; `)
        .and.includes(
          "a storage class that allows volume expansion, a larger quota",
        );
    });

  it("gives up after some rounds in which every write meets a change: Create gets a new set, Wait is rejected", async () => {
    for (const wait of [false, true]) {
      const fake = new FakePool(
        ["a", "b", "c", "d"].map((name) => claim(name)),
      );
      fake.beforeWrite = (name) =>
        fake.touch(name, { "volume-claim/uses": String(Math.random() * 1e9) });
      if (!wait) expect(await fake.obtain("uid-1")).to.equal("miss contended");
      else
        await fake.obtain("uid-1", { wait }).then(
          () => expect.fail("it was not rejected"),
          (error: unknown) =>
            expect(error).to.be.instanceOf(PoolMissError).and.include({
              status: 409,
              miss: "contended",
            }),
        );
      expect(fake.reads).to.equal(11);
    }
  });

  for (const [title, before] of [
    [
      "was used",
      { "volume-claim/lease-time": new Date(NOW - 99).toISOString() },
    ],
    [
      "was reserved",
      {
        "volume-claim/lease-request": "uid-0",
        "volume-claim/lease-time": "2026-01-01T00:00:00.000Z",
      },
    ],
    ["was never reserved", {}],
  ] as const)
    it(`leaves a set as it was when it ends a lease whose Pod is not stored: one that ${title}`, async () => {
      const uses = { "volume-claim/uses": "4" };
      const fake = new FakePool([claim("a", { annotations: uses })]);
      fake.touch("a", { ...before });
      const pools = poolsOn(fake.api, fake.reader);
      const deadline = performance.now() + 10_000;
      const obtained = await pools.obtain(requestOf("uid-1"), deadline, false);
      expect(fake.claims.get("a")?.metadata?.annotations).to.include({
        "volume-claim/lease-request": "uid-1",
        "volume-claim/uses": "5",
      });
      if (obtained.kind !== "hit" || !obtained.reservation)
        return expect.fail("it was not reserved");
      await pools.release("shop", obtained.reservation);
      const { annotations } = fake.claims.get("a")?.metadata ?? {};
      const written = Object.entries(annotations ?? {}).filter(([key]) =>
        /^volume-claim\/(lease|uses)/.test(key),
      );
      return expect(Object.fromEntries(written)).to.deep.equal({
        ...uses,
        ...before,
      });
    });

  describe("when a second delivery of a request has found the set of the first one", () => {
    for (const [title, obtain] of [
      [
        "with a new set of claims",
        async (pools: Pools) => {
          const obtained = await pools.obtain(
            requestOf("uid-1"),
            performance.now() + 10_000,
            false,
          );
          return obtained.kind === "hit" ? obtained.reservation : undefined;
        },
      ],
      [
        "with a claim that its Pod names",
        (pools: Pools) =>
          pools.obtainNamed(
            { namespace: "shop", name: "a" },
            "uid-1",
            performance.now() + 10_000,
            false,
          ),
      ],
    ] as const)
      it(`keeps the set for its Pod when the first one fails, and uses it once: ${title}`, async () => {
        const labels = { "volume-claim/pool": "hash" };
        const fake = new FakePool([claim("a", { labels })]);
        const [first, second] = [
          await obtain(poolsOn(fake.api, fake.reader)),
          await obtain(poolsOn(fake.api, fake.reader)),
        ];
        if (!first || !second) return expect.fail("it was not reserved");
        await poolsOn(fake.api, fake.reader).release("shop", first);
        expect(fake.lease("a")).to.equal("uid-1");
        expect(fake.annotations()[0]).to.include({ "volume-claim/uses": "2" });
        return expect(await fake.obtain("uid-2")).to.equal("miss in-flight");
      });
  });
});
