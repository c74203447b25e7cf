import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { PoolMissError, poolsOn } from "../../../functions/hand-over/pools.ts";
import type { PoolRequest } from "../../../functions/hand-over/pools.ts";
import type { Reservation } from "../../../functions/hand-over/reservations.ts";
import type { PoolLimits } from "../../../functions/pool/pool.ts";
import type { WantedSet } from "../../../functions/pool/sets.ts";
import { originOf } from "../../../functions/pool/workload.ts";
import {
  claim,
  NOW,
  ofReplicaSet,
  pod,
  wanting,
} from "../pool/pool-builders.ts";

type Claim = V1PersistentVolumeClaim;
type JsonPatch = { op: string; path: string; value?: string }[];

/** The claims of a pool as an API server keeps them: a write needs the current resource version. */
class FakePool {
  readonly claims: Map<string, Claim>;
  reads = 0;
  /** Called before each write; it may change the claims, or throw. */
  beforeWrite: (name: string) => void = () => undefined;
  pods = new Map<string, string>();
  readonly #listed: Claim[] | undefined;

  /** With `stale` every list shows the claims as they are now. */
  constructor(claims: readonly Claim[], stale = false) {
    this.claims = new Map(claims.map((one) => [one.metadata?.name ?? "", one]));
    this.#listed = stale ? structuredClone([...claims]) : undefined;
  }

  touch(name: string, annotations: Record<string, string> = {}): void {
    const { metadata } = this.claims.get(name) ?? {};
    if (!metadata) return;
    metadata.annotations = { ...metadata.annotations, ...annotations };
    metadata.resourceVersion = String(Number(metadata.resourceVersion) + 1);
  }

  readonly api: ApiServer = ({ body, method, path }) => {
    const name = path.split("/").at(-1) ?? "";
    const found = this.claims.get(name);
    if (!found) throw new ApiStatusError(404, "not found");
    if (method === "PATCH" && Array.isArray(body)) {
      const { annotations } = found.metadata ?? {};
      for (const { op, path: pointer, value } of body as JsonPatch) {
        const key = pointer.split("/").at(-1)?.replace("~1", "/") ?? "";
        if (op === "test" && annotations?.[key] !== value)
          throw new ApiStatusError(422, "the test failed");
        if (op === "remove") delete annotations?.[key];
        if (op === "replace" && annotations && value !== undefined)
          annotations[key] = value;
      }
    } else if (method === "PATCH") {
      this.beforeWrite(name);
      const { metadata } = body as { metadata: Claim["metadata"] };
      if (
        metadata?.resourceVersion !== undefined &&
        metadata.resourceVersion !== found.metadata?.resourceVersion
      )
        throw new ApiStatusError(409, "changed", { reason: "Conflict" });
      this.touch(name, metadata?.annotations);
    }
    return Promise.resolve({
      status: 200,
      body: structuredClone(found),
      serverTime: NOW,
    });
  };

  readonly reader: PoolReader = {
    read: () => {
      this.reads += 1;
      return Promise.resolve({
        claims: this.#listed ?? structuredClone([...this.claims.values()]),
        users: claimUsers(
          [...this.pods].map(([name, of]) => pod(name, of)),
          [],
        ),
        now: NOW,
        begunAt: performance.now(),
        judged: new Map(),
        taken: new Map(),
        ended: new Set(),
      });
    },
  };

  async obtain(
    requestUid: string,
    limits: PoolLimits = { wait: false },
    spec = {},
  ): Promise<string> {
    const obtained = await poolsOn(this.api, this.reader).obtain(
      requestOf(requestUid, { wanted: wanting({ limits, spec }) }),
      performance.now() + 10_000,
      false,
    );
    return obtained.kind === "hit"
      ? `hit ${obtained.set}`
      : `miss ${obtained.reason}`;
  }

  annotations(): unknown[] {
    return [...this.claims.values()].map(
      ({ metadata }) => metadata?.annotations,
    );
  }

  lease(name: string): string | undefined {
    return this.claims.get(name)?.metadata?.annotations?.[
      "volume-claim/lease-request"
    ];
  }
}

/** Of a Pod that wants a set of pool `hash`. */
function requestOf(
  requestUid: string,
  over: Partial<PoolRequest> = {},
): PoolRequest {
  return {
    requestUid,
    namespace: "shop",
    poolName: "Deployment web",
    pool: "hash",
    wanted: wanting(),
    ...over,
  };
}

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

  describe("when the answer to its write is lost", () => {
    for (const limits of [{ wait: false }, { wait: true }])
      it(`finds its set in a new list, although half of its time is over, and can give it back: ${JSON.stringify(limits)}`, async () => {
        const fake = new FakePool([claim("a"), claim("b")]);
        const before = structuredClone(fake.annotations());
        const pools = poolsOn(losingFirstAnswer(fake), fake.reader);
        const deadline = performance.now() + 1_200;
        const wanted = wanting({ limits });
        const obtained = await pools.obtain(
          requestOf("uid-1", { wanted }),
          deadline,
          false,
        );
        if (obtained.kind !== "hit" || !obtained.reservation)
          return expect.fail("it was not reserved");
        expect(["a", "b"].filter((name) => fake.lease(name))).to.deep.equal([
          obtained.set,
        ]);
        await pools.release("shop", obtained.reservation, deadline);
        return expect(fake.annotations()).to.deep.equal(before);
      });

    it("can give back the set of a claim that the Pod names", async () => {
      const labels = { "volume-claim/pool": "hash" };
      const fake = new FakePool([claim("a", { labels })]);
      const before = structuredClone(fake.annotations());
      const pools = poolsOn(losingFirstAnswer(fake), fake.reader);
      const deadline = performance.now() + 1_200;
      const reservation = await pools.occupy(
        { namespace: "shop", name: "a" },
        "copy",
        "uid-1",
        deadline,
        false,
      );
      expect(fake.lease("a")).to.equal("uid-1");
      if (!reservation) return expect.fail("it was not reserved");
      await pools.release("shop", reservation, deadline);
      return expect(fake.annotations()).to.deep.equal(before);
    });

    it("ends the lease when it cannot read the lists again", async () => {
      const fake = new FakePool([claim("a")]);
      const before = structuredClone(fake.annotations());
      const reader: PoolReader = {
        read: (...args) =>
          fake.reads === 0
            ? fake.reader.read(...args)
            : Promise.reject(new ApiUnreachableError("no answer")),
      };
      await poolsOn(losingFirstAnswer(fake), reader)
        .obtain(requestOf("uid-1"), performance.now() + 1_200, false)
        .then(
          () => expect.fail("it was not rejected"),
          (error: unknown) => expect(error).to.include({ status: 503 }),
        );
      await sleep(0);
      expect(fake.annotations()).to.deep.equal(before);
    });

    it("does not end the lease that another delivery of the request wrote since", async () => {
      const fake = new FakePool([claim("a")], true);
      fake.beforeWrite = () => {
        fake.touch("a", { ...LEASED, "volume-claim/lease-request": "uid-1" });
        throw new ApiUnreachableError("no answer");
      };
      expect(await fake.obtain("uid-1")).to.equal("miss no-answer");
      await sleep(0);
      expect(fake.lease("a")).to.equal("uid-1");
    });
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

  describe("when it gives up", () => {
    it("says that the API server did not confirm a reservation, although other Pods took the sets later", async () => {
      const fake = noAnswerThenChanges();
      expect(await fake.obtain("uid-1")).to.equal("miss no-answer");
      const rejected = await occupy(noAnswerThenChanges(), "a").catch(
        (error: unknown) => error,
      );
      expect(rejected)
        .to.include({ status: 503 })
        .and.to.have.property("message")
        .that.includes("did not confirm the reservation of set a");
    });
    it("says that no set could grow, although another set is free by then", async () => {
      const fake = new FakePool([claim("a")]);
      const spec = { resources: { requests: { storage: "2Gi" } } };
      const api: ApiServer = async () => {
        await sleep(250);
        fake.claims.set("z", claim("z", { spec }));
        throw new ApiStatusError(403, "exceeded quota: small");
      };
      const limits = { wait: true };
      const rejected = await poolsOn(api, fake.reader)
        .obtain(
          requestOf("uid-1", { wanted: wanting({ limits, spec }) }),
          performance.now() + 400,
          false,
        )
        .catch((error: unknown) => error);
      expect(rejected)
        .to.include({ status: 409, miss: "cannot-grow" })
        .and.to.have.property("message")
        .that.includes("cannot grow");
    });
    it("says that there was no time, and writes nothing", async () => {
      const fake = new FakePool([claim("a")]);
      fake.beforeWrite = () => expect.fail("it wrote");
      const limits = { wait: true };
      const rejected = await poolsOn(fake.api, fake.reader)
        .obtain(
          requestOf("uid-1", { wanted: wanting({ limits }) }),
          performance.now(),
          false,
        )
        .catch((error: unknown) => error);
      expect(rejected)
        .to.include({ status: 503, miss: "no-answer" })
        .and.to.have.property("message")
        .that.includes("there was no time left to reserve a set");
    });
  });

  describe("without an answer of the API server to any reservation", () => {
    it("gives a new set with Create", async () => {
      expect(await noAnswer().obtain("uid-1")).to.equal("miss no-answer");
    });
    for (const limits of [{ wait: true }, { wait: false, maxSets: 1 }])
      it(`rejects the Pod for now, and names the set and what happened: ${JSON.stringify(limits)}`, async () => {
        const rejected = await noAnswer()
          .obtain("uid-1", limits)
          .catch((error: unknown) => error);
        expect(rejected).to.be.instanceOf(PoolMissError).and.include({
          status: 503,
          miss: "no-answer",
          message:
            'pool "Deployment web" in namespace shop: the API server did not confirm the reservation of set a (read ECONNRESET); create the Pod again',
        });
      });
    it("rejects a Pod that names the claim already, and says so, too", async () => {
      const labels = { "volume-claim/pool": "hash" };
      const fake = noAnswer(claim("a", { labels }));
      const rejected = await occupy(fake, "a").catch((error: unknown) => error);
      expect(rejected).to.include({
        status: 503,
        message:
          'claim shop/a, which Pod "copy" names: the API server did not confirm the reservation of set a (read ECONNRESET); create the Pod again',
      });
    });
  });

  for (const [title, before] of [
    [
      "was used",
      { "volume-claim/lease-time": new Date(NOW - 99).toISOString() },
    ],
    [
      "was promised",
      {
        "volume-claim/lease-request": "uid-0",
        "volume-claim/lease-time": "2026-01-01T00:00:00.000Z",
      },
    ],
    ["was never promised", {}],
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
      await pools.release("shop", obtained.reservation, deadline);
      const { annotations } = fake.claims.get("a")?.metadata ?? {};
      const written = Object.entries(annotations ?? {}).filter(([key]) =>
        /^volume-claim\/(lease|uses)/.test(key),
      );
      return expect(Object.fromEntries(written)).to.deep.equal({
        ...uses,
        ...before,
      });
    });

  it("gives what to release to the delivery that reserved the set alone", async () => {
    const fake = new FakePool([claim("a")]);
    const pools = poolsOn(fake.api, fake.reader);
    for (const first of [true, false]) {
      const deadline = performance.now() + 10_000;
      const obtained = await pools.obtain(requestOf("uid-1"), deadline, false);
      expect(obtained).to.include({ kind: "hit", set: "a" });
      expect("reservation" in obtained).to.equal(first);
    }
  });

  describe("asked for the claim that a Pod names", () => {
    const labels = { "volume-claim/pool": "hash" };

    it("reserves its set", async () => {
      const fake = new FakePool([claim("a", { labels })]);
      expect(await occupy(fake, "a")).to.include({ set: "a" });
      expect(fake.lease("a")).to.equal("uid-1");
      expect(await occupy(fake, "a")).to.equal(undefined);
    });
    it("rejects the Pod when the first claim of its set is gone, and writes nothing", async () => {
      const fake = new FakePool([claim("b", { labels, set: "a" })]);
      fake.beforeWrite = () => expect.fail("it wrote");
      await occupy(fake, "b").then(
        () => expect.fail("it was not rejected"),
        (error: unknown) =>
          expect(error)
            .to.include({ status: 409 })
            .and.to.have.property("message")
            .that.includes("set a has lost its first claim"),
      );
      expect(fake.reads).to.equal(1);
    });
  });

  it("waits for a set that is leaving, for a second at most, and not for the lease of the Pod that leaves", async () => {
    const { obtain, reads } = leavingPool(false);
    expect(await obtain()).to.include({ kind: "hit", set: "a" });
    expect(reads()).to.equal(3);
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
    let writes = 0;
    const api: ApiServer = async ({ timeoutMs }) => {
      writes += 1;
      await sleep(timeoutMs);
      throw new ApiUnreachableError("no answer in time");
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
    expect(writes).to.equal(names.length);
  });

  it("gives a reservation half of the time, so that there is time for another set when no answer comes", async () => {
    const fake = new FakePool([claim("a"), claim("b")]);
    const times: number[] = [];
    const api: ApiServer = async (request) => {
      times.push(request.timeoutMs);
      if (times.length > 1) return await fake.api(request);
      await sleep(request.timeoutMs);
      throw new ApiUnreachableError("no answer in time");
    };
    const start = performance.now();
    await poolsOn(api, fake.reader).obtain(
      requestOf("uid-1"),
      start + 2_000,
      false,
    );
    expect(times[0]).to.be.within(500, 1_000);
    expect(performance.now() - start).to.be.below(1_900);
  });

  describe("in a rollout without surge, when the new Pod comes before the old one is deleted", () => {
    it("looks again until that one is gone, and hands over its set", async () => {
      expect(await rollOut({})).to.include({ kind: "hit", reads: 4 });
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

const LEASED = {
  "volume-claim/lease-request": "uid-0",
  "volume-claim/lease-time": new Date(NOW).toISOString(),
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
  const obtain = () =>
    poolsOn(fake.api, reader).obtain(
      requestOf("uid-1", { wanted: wanting({ limits: { wait: true } }) }),
      performance.now() + 10_000,
      false,
    );
  return { fake, obtain, reads: () => reads };
}

function failedPod(one: ReturnType<typeof pod>): ReturnType<typeof pod> {
  return { ...one, status: { phase: "Failed" } };
}

/** A pool of one set. Its first write has no answer; each later one meets a change. */
function noAnswerThenChanges(): FakePool {
  const labels = { "volume-claim/pool": "hash" };
  const fake = new FakePool([claim("a", { labels })]);
  fake.beforeWrite = () => {
    fake.beforeWrite = (name) => fake.touch(name);
    throw new ApiUnreachableError("read ECONNRESET");
  };
  return fake;
}

/** Does the first write, and lets the client wait for its answer for all the time that it has. */
function losingFirstAnswer({ api }: FakePool): ApiServer {
  let writes = 0;
  return async (request) => {
    const answer = await api(request);
    if (request.method !== "PATCH" || (writes += 1) > 1) return answer;
    await sleep(request.timeoutMs);
    throw new ApiUnreachableError("no answer in time");
  };
}

/** A pool of one set, of which no write gets an answer. */
function noAnswer(only: Claim = claim("a")): FakePool {
  const fake = new FakePool([only]);
  fake.beforeWrite = () => {
    throw new ApiUnreachableError("read ECONNRESET");
  };
  return fake;
}

/** Asks for the set of a claim that Pod `copy` names. */
function occupy(
  fake: FakePool,
  name: string,
): Promise<Reservation | undefined> {
  return poolsOn(fake.api, fake.reader).occupy(
    { namespace: "shop", name },
    "copy",
    "uid-1",
    performance.now() + 10_000,
    false,
  );
}

/** What a Pod of a ReplicaSet wants. */
function wantingFrom(hash: string, limits: PoolLimits): WantedSet {
  return wanting({ limits, origin: originOf(ofReplicaSet(hash, "x")) });
}

/** A Pod of a new rollout comes. The old Pod stays in the first lists, is terminating in the next one, and then it is gone. */
async function rollOut({
  staysFor = 2,
  dryRun = false,
}): Promise<{ kind: string; reads: number; tookMs: number }> {
  const fake = new FakePool([claim("a")]);
  let reads = 0;
  const reader: PoolReader = {
    async read(...args) {
      const lists = await fake.reader.read(...args);
      reads += 1;
      const old = ofReplicaSet("old", "a");
      const deletionTimestamp = new Date(NOW);
      const listed =
        reads <= staysFor
          ? [pod("old", "a", old)]
          : reads === staysFor + 1
            ? [pod("old", "a", { ...old, deletionTimestamp })]
            : [];
      return { ...lists, users: claimUsers(listed, []) };
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
