import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type { PoolReader } from "../../../functions/hand-over/lists.ts";
import { PoolMissError, poolsOn } from "../../../functions/hand-over/pools.ts";
import type { Pools } from "../../../functions/hand-over/pools.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import { createHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionHandler } from "../../../functions/admission/handler.ts";
import type { AdmissionResponse } from "../../../functions/admission/response.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";
import type { Claims } from "../../../functions/claim-api/claims.ts";
import {
  ClaimRejectedError,
  INVALID,
  UNAVAILABLE,
} from "../../../functions/claim-api/rejected.ts";
import {
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../functions/contract/keys.ts";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import { createLogger } from "../../../functions/http/logger.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";
import { pod as poolPod } from "../pool/pool-builders.ts";

const asked = (): Promise<never> =>
  Promise.reject(new TypeError("no claim of this test is reused"));

/** For a handler whose Pods reuse nothing: fails when it is asked. */
const noPools: Pools = {
  obtain: asked,
  obtainNamed: asked,
  release: asked,
  surplus: asked,
};

/** Of the whole admission, in milliseconds. */
const TIME = 600;
/** For timers, which on a busy machine come late. */
const SLACK = 150;

/** What happens to one claim; times in milliseconds. */
interface Fate {
  readonly lookUp: number;
  readonly create: number;
  /** "lost": the claim is created, but the answer is lost. An error: it is not created. */
  readonly end: "created" | "found" | "lost" | Error;
  readonly remove: number;
}

const quota = new ClaimRejectedError(
  { status: 403, reason: "Forbidden" },
  "exceeded quota: small",
);
const away = new ClaimRejectedError(UNAVAILABLE, "not in time");
const missing = new ClaimRejectedError(INVALID, "there is none");
const bug = new TypeError("a bug");

const created: Fate = { lookUp: 0, create: 5, end: "created", remove: 5 };
const found: Fate = { ...created, end: "found" };
function rejected(end: Error): Fate {
  return { ...created, create: 0, end };
}

/** A Pod with `count` volumes. A single one has a source that is looked up; the full form names its source without a look-up. */
function podWith(count: number): ReturnType<typeof aPod> {
  const mounts = Array.from({ length: count }, (_, index) => `v${index}`);
  const volumes = mounts.map((name) => ({ name, emptyDir: {} }));
  const templates = mounts.map((name) => ({
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  }));
  const annotations: Record<string, string> =
    count === 1
      ? {
          [TEMPLATE_NAME]: "v0",
          [TEMPLATE_STORAGE]: "1Gi",
          [TEMPLATE_DATA_SOURCE]: "VolumeSnapshot?app=orders",
        }
      : { [TEMPLATE_TEMPLATES]: JSON.stringify(templates) };
  return aPod({ annotations, volumes, mounts });
}

interface World {
  readonly handler: AdmissionHandler;
  /** Volumes whose claims exist now. */
  readonly there: Set<string>;
  /** What was sent, in its order. */
  readonly events: string[];
  readonly manifests: ClaimManifest[];
  readonly warnings: string[];
  /** Ends when all work after answers has ended. */
  readonly afterwards: () => Promise<unknown>;
}

/** A handler on ports that ignore every deadline; `fates` is read again at each call. */
function worldOf(
  fates: readonly Fate[],
  {
    newest = "nightly-7",
    warnings: said = [] as readonly string[],
    removeFails = false,
    pools = noPools,
  } = {},
): World {
  const there = new Set<string>();
  const events: string[] = [];
  const manifests: ClaimManifest[] = [];
  const warnings: string[] = [];
  const afterwards: Promise<unknown>[] = [];
  const fateOf = ({ metadata }: ClaimManifest): [string, Fate] => {
    const volume = metadata.labels[TEMPLATE_NAME] ?? "";
    return [volume, fates[Number(volume.slice(1))] ?? created];
  };
  const claims: Claims = {
    async getOrCreate(manifest) {
      const [volume, { create, end }] = fateOf(manifest);
      manifests.push(manifest);
      await sleep(create);
      if (end instanceof Error) throw end;
      const isNew = end !== "found" && !there.has(volume);
      events.push(`${isNew ? "created" : "found"} ${volume}`);
      there.add(volume);
      if (end === "lost")
        throw new ClaimRejectedError(UNAVAILABLE, "no answer", {
          mayExist: true,
        });
      return { manifest, uid: volume, created: isNew, warnings: said };
    },
    async remove({ manifest }) {
      const [volume, { remove }] = fateOf(manifest);
      await sleep(remove);
      if (removeFails) throw new Error("the API is away");
      there.delete(volume);
      events.push(`deleted ${volume}`);
    },
  };
  const handler = createHandler({
    pools,
    claims,
    sources: {
      async resolve(manifest, { text }) {
        const [volume, { end, lookUp }] = fateOf(manifest);
        events.push(`looked up ${text}`);
        await sleep(lookUp);
        if (end === missing) throw end;
        const dataSource = { kind: "VolumeSnapshot", name: newest };
        expect(volume).to.equal("v0");
        return { ...manifest, spec: { ...manifest.spec, dataSource } };
      },
    },
    log: createLogger("warn", (line) => warnings.push(line)),
    afterAnswer: (work) => afterwards.push(work),
  });
  return {
    handler,
    there,
    events,
    manifests,
    warnings,
    afterwards: () => Promise.all(afterwards),
  };
}

interface Handled extends Omit<World, "handler" | "afterwards"> {
  /** Undefined after a fault of our own. */
  readonly response: AdmissionResponse | undefined;
  readonly thrown: unknown;
  /** Milliseconds. */
  readonly took: number;
  /** After how many milliseconds a timer of `TIME` fires: later than that on a busy machine. */
  readonly timer: Promise<number>;
}

/** Handles a Pod with a claim for each of `fates`, and waits until everything has ended. */
async function handled(
  fates: readonly Fate[],
  {
    dryRun = false,
    pod = podWith(fates.length),
    ...more
  }: Parameters<typeof worldOf>[1] & {
    dryRun?: boolean;
    pod?: ReturnType<typeof aPod>;
  } = {},
): Promise<Handled> {
  const { handler, afterwards, ...world } = worldOf(fates, more);
  const start = performance.now();
  const timer = sleep(TIME).then(() => performance.now() - start);
  let response: AdmissionResponse | undefined;
  let thrown: unknown;
  try {
    response = await handler(aRequest(pod, { dryRun }), start + TIME);
  } catch (error) {
    thrown = error;
  }
  const took = performance.now() - start;
  await afterwards();
  return { ...world, response, thrown, took, timer };
}

const quotaAnswer = {
  allowed: false,
  code: 403,
  statusReason: "Forbidden",
  reason: "exceeded quota: small",
};

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

describe("createHandler", function () {
  this.timeout(20_000);

  // The first call loads what plans a Pod.
  before(() => handled([created]));

  it("creates the claim with its source, and answers with the patch and the claim's name", async () => {
    const { events, manifests, response } = await handled([created]);
    expect(events).to.deep.equal([
      "looked up VolumeSnapshot?app=orders",
      "created v0",
    ]);
    expect(manifests[0]?.spec.dataSource?.name).to.equal("nightly-7");
    expect(response?.allowed).to.equal(true);
    expect(response?.patch).to.have.length.above(0);
    expect(response?.reason).to.match(/^created web-5d4f8c7b9-v0-/);
    expect(response?.auditAnnotations?.["claims"]).to.equal(
      manifests[0]?.metadata.name,
    );
  });

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

  it("creates all claims of a Pod with several volumes, and passes on what the API server warns of", async () => {
    const { response, there } = await handled([created, found, created], {
      warnings: ["fractional byte value"],
    });
    expect([...there]).to.have.members(["v0", "v1", "v2"]);
    expect(response?.auditAnnotations?.["claims"]?.split(",")).to.have.lengthOf(
      3,
    );
    expect(response?.warnings).to.deep.equal(
      [0, 1, 2].map(
        (index) =>
          `PersistentVolumeClaim of volume "v${index}": fractional byte value`,
      ),
    );
  });

  it("W6: looks up the source in a dry run, writes nothing, and gives the same patch", async () => {
    const { events, response } = await handled([created], { dryRun: true });
    expect(events).to.deep.equal(["looked up VolumeSnapshot?app=orders"]);
    expect(response?.patch).to.deep.equal(
      (await handled([created])).response?.patch,
    );
  });

  it("W2: gives the same answer when another snapshot has become the newest meanwhile", async () => {
    const [first, second] = await Promise.all(
      ["nightly-7", "nightly-8"].map((newest) =>
        handled([created], { newest }),
      ),
    );
    expect(second?.response).to.deep.equal(first?.response);
    expect(second?.manifests[0]?.spec.dataSource?.name).to.equal("nightly-8");
  });

  it("W9: rejects a Pod with every problem, before any request", async () => {
    const pod = podWith(1);
    Object.assign(pod.metadata?.annotations ?? {}, {
      [TEMPLATE_STORAGE]: "0",
      "volume-claim-template/typo": "x",
    });
    const { events, response } = await handled([created], { pod });
    expect(events).to.deep.equal([]);
    expect(response).to.deep.include({
      allowed: false,
      code: 422,
      statusReason: "Invalid",
    });
    expect(response?.reason)
      .to.include(TEMPLATE_STORAGE)
      .and.to.include("volume-claim-template/typo");
  });

  for (const dryRun of [false, true])
    it(`W9: rejects a Pod whose source cannot be used, before any write${dryRun ? ", in a dry run too" : ""}`, async () => {
      const { manifests, response } = await handled([rejected(missing)], {
        dryRun,
      });
      expect(manifests).to.deep.equal([]);
      expect(response).to.deep.equal({
        allowed: false,
        code: 422,
        statusReason: "Invalid",
        reason: "there is none",
      });
    });

  const rollbacks: [
    what: string,
    fates: readonly Fate[],
    left?: readonly string[],
    reason?: string,
  ][] = [
    ["W11: the only claim is rejected", [rejected(quota)]],
    ["W11: the first is rejected", [rejected(quota), created, created]],
    ["W11: the second is rejected", [created, rejected(quota), created]],
    ["W11: the last is rejected", [created, created, rejected(quota)]],
    [
      "W2: one is of an earlier delivery, which stays",
      [found, created, rejected(quota)],
      ["v0"],
    ],
    [
      "another try would change one rejection and not the other",
      [rejected(away), rejected(quota), created],
      [],
      "not in time; exceeded quota: small",
    ],
  ];
  for (const [what, fates, left = [], reason = quotaAnswer.reason] of rollbacks)
    it(`${what}: passes on the reasons, and leaves no new claim`, async () => {
      const { response, there } = await handled(fates);
      expect([...there]).to.deep.equal(left);
      expect(response).to.deep.equal({ ...quotaAnswer, reason });
    });

  for (const fates of [
    [rejected(bug)],
    [rejected(quota), created, rejected(bug)],
  ])
    it(`throws a fault of our own with ${fates.length} claims, and leaves none of them`, async () => {
      const { there, thrown } = await handled(fates);
      expect(thrown).to.equal(bug);
      expect([...there]).to.deep.equal([]);
    });

  it("answers with the reason, and logs a warning for each claim, when the rollback fails", async () => {
    const { response, there, warnings } = await handled(
      [created, rejected(quota), created],
      { removeFails: true },
    );
    expect(response).to.deep.equal(quotaAnswer);
    expect([...there]).to.have.members(["v0", "v2"]);
    expect(warnings).to.have.lengthOf(2);
    expect(warnings[0]).to.include("the janitor will");
  });

  it("W2: a second delivery of a request waits until the first one has deleted its claims", async () => {
    const fates = [{ ...created, remove: 50 }, rejected(quota)];
    const { events, handler, there } = worldOf(fates);
    const deliver = () =>
      handler(aRequest(podWith(2)), performance.now() + 5_000);
    const first = deliver();
    // The first delivery has created v0 and deletes it now.
    await sleep(30);
    fates[1] = created;
    const second = await deliver();
    expect((await first).code).to.equal(403);
    expect(second.allowed).to.equal(true);
    expect([...there]).to.have.members(["v0", "v1"]);
    expect(events.join()).not.to.include("found");
  });

  it("W2: a second delivery of a request waits for the first one only until its own deadline", async () => {
    const { handler } = worldOf([{ ...created, create: 1_500 }]);
    void handler(aRequest(podWith(1)), performance.now() + 5_000);
    await sleep(5);
    const start = performance.now();
    const second = await handler(aRequest(podWith(1)), start + 100);
    expect(performance.now() - start).to.be.below(1_000);
    expect(second.code).to.equal(503);
    expect(second.reason).to.include("an earlier delivery of this request");
  });

  it("W12: answers by the deadline however long look-ups, creates and deletes take, and leaves no claim of a rejected Pod", async () => {
    const time = fc.oneof(
      fc.nat(40),
      fc.nat(TIME),
      fc.integer({ min: TIME, max: 2 * TIME }),
    );
    const fate: fc.Arbitrary<Fate> = fc.record({
      lookUp: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, time),
      create: time,
      end: fc.constantFrom<Fate["end"]>(
        "created",
        "created",
        "found",
        quota,
        "lost",
        bug,
      ),
      remove: time,
    });
    const codes = new Set<unknown>();
    // Not more at once: they would delay each other.
    for (let round = 0; round < 3; round += 1)
      await Promise.all(
        fc
          .sample(fc.array(fate, { minLength: 1, maxLength: 4 }), 25)
          .map(async (fates) => {
            const { events, response, there, timer, took } =
              await handled(fates);
            const shown = JSON.stringify({ fates, response, events });
            codes.add(response?.code ?? response?.allowed);
            expect(took, shown).to.be.below((await timer) + SLACK);
            const left = [...there].filter(
              (volume) => !events.includes(`found ${volume}`),
            );
            expect(left.length, shown).to.equal(
              response?.allowed === true
                ? fates.filter(({ end }) => end === "created").length
                : 0,
            );
          }),
      );
    // Every kind of answer: yes, no for good, no for now, and a fault of our own.
    expect([...codes]).to.have.members([true, 403, 503, undefined]);
  });

  it("W12: does not wait for a claim that hangs when another one is rejected", async () => {
    const { response, there, took } = await handled([
      rejected(quota),
      { ...created, create: 2 * TIME },
    ]);
    expect(response).to.deep.equal(quotaAnswer);
    // The other one has half a second, or what is left beside the time for the rollback.
    expect(took).to.be.below(TIME - 50);
    expect([...there]).to.deep.equal([]);
  });

  it("W12: keeps time to delete a claim when another one is not created in time", async () => {
    const { response, took } = await handled([
      { ...created, remove: 50 },
      { ...created, create: 2 * TIME },
    ]);
    expect(response?.code).to.equal(503);
    expect(response?.reason).to.match(
      /^could not create PersistentVolumeClaim shop\/\S+ in time; create the Pod again$/,
    );
    expect(took)
      .to.be.above(0.75 * TIME)
      .and.below(TIME);
  });
});
