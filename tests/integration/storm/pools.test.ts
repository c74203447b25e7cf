import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { QUARANTINE_ANNOTATION } from "../../../functions/contract/keys.ts";
import { LEASE_MS as LEASE_OF_PRODUCT_MS } from "../../../functions/contract/lease.ts";
import {
  aBarePod,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import type { KillableFunction } from "../../support/killable-function.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { isDelete } from "../admission/behind-proxy.ts";
import { sweepOn } from "../janitor/runs.ts";
import { holdBackPods } from "../reuse/hold-back.ts";
import {
  claimNames,
  nameOf,
  restart,
  reused,
  reusingDeployment,
  scale,
} from "../reuse/reuse-suite.ts";
import { injectFaults } from "./faults.ts";
import { poolGround } from "./pool-ground.ts";
import { itemAt, randomNumbers, STORM_SEED, STORM_SECONDS } from "./seed.ts";

/** A long form has the lease of the product. */
const IS_LONG = STORM_SECONDS >= 300;
/** The time-out of the webhook that the functions serve, in seconds. */
const FUNCTION_TIMEOUT = IS_LONG ? 30 : 10;
/** The time-out of another webhook, which holds back a Pod whose claim is reserved, in seconds. The API server gives up after 34. */
const DELAY_TIMEOUT = IS_LONG ? 29 : 7;
const LONGEST_DELAY_MS = (DELAY_TIMEOUT - 1) * 1_000;
/** The short form has a shorter lease. It must be longer than both time-outs: a Pod that is stored later has lost its claim. */
const LEASE_MS = IS_LONG
  ? LEASE_OF_PRODUCT_MS
  : (FUNCTION_TIMEOUT + DELAY_TIMEOUT + 3) * 1_000;

const WARM_SETS = 50;
const BURST = 200;
/**
 * Pods of a Deployment that are started at once when all sets are handed out. A busy machine answers so many before half of their time is
 * over. After that the function promises no free set any more.
 */
const HAND_OUT = 40;

/** What happens, which requests meet a fault, and which Pods are held back. */
const random = randomNumbers(0);
const randomOfFaults = randomNumbers(1);
const randomOfDelays = randomNumbers(2);

function pick<T>(items: readonly T[]): T {
  return itemAt(items, random());
}

const CREATING = [
  reusingDeployment("cache", 12),
  // The janitor deletes its sets all the time.
  reusingDeployment("trimmed", 6, { "idle-ttl": "2s" }),
];
const WAITING = [
  reusingDeployment("db", 3, { "on-miss": "Wait" }, { type: "Recreate" }),
  reusingDeployment(
    "broker",
    5,
    { "on-miss": "Wait" },
    {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 0, maxUnavailable: 2 },
    },
  ),
  reusingDeployment("bounded", 4, { "on-miss": "Wait", "max-sets": "6" }),
];
const DEPLOYMENTS = [...CREATING, ...WAITING];
const NAMES = DEPLOYMENTS.map(nameOf);

describe("reused claims in a storm", function () {
  // The test waits up to four times until all leases have ended.
  this.timeout(STORM_SECONDS * 1_000 + 4 * LEASE_MS + 300_000);
  const ground = poolGround();
  const { hasNoPods, hasReady, leasesEnd, suite } = ground;

  it(`never go to two Pods, whatever happens for ${STORM_SECONDS} s; afterwards all of them can be handed out (STORM_SEED=${STORM_SEED})`, async () => {
    const functions = await ground.functionsOf(LEASE_MS);
    await ground.register(FUNCTION_TIMEOUT);
    const namespace = await uniqueNamespace("storm");
    const watched = await ground.watch(namespace, LEASE_MS);
    await holdBackPodsOf(namespace);
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment("burst", WARM_SETS, { pool: "burst" }),
    });
    await hasReady(namespace, "burst", WARM_SETS);
    await scale(suite, namespace, "burst", 0);
    await hasNoPods(namespace);
    await leasesEnd(namespace, LEASE_MS);

    const end = Date.now() + STORM_SECONDS * 1_000;
    const faults = addFaults(namespace, functions);
    for (const body of DEPLOYMENTS)
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: structuredClone(body),
      });
    const burst = createPodsAtOnce(namespace);
    let sweeps = 0;
    const janitors = [1, 2].map(async () => {
      while (Date.now() < end)
        await sweep(namespace).then(
          () => (sweeps += 1),
          () => sleep(100),
        );
    });
    // Each is killed once at least.
    const killing = functions.map(async (each, index) => {
      await sleep((index + 1) * STORM_SECONDS * 300);
      await each.restart();
    });
    const half = Date.now() + STORM_SECONDS * 500;
    const events = actions(namespace, functions, half);
    while (Date.now() < end) {
      await pick(events)().catch(() => undefined);
      await sleep(random() * 400);
    }
    await Promise.all([...janitors, ...killing, burst]);
    const deletes = ground.proxy().requests.filter(isDelete);
    ground.proxy().reset();

    for (const name of [...NAMES, "burst"])
      await scale(suite, namespace, name, 0);
    await suite.core.deleteCollectionNamespacedPod({ namespace });
    await hasNoPods(namespace);
    await leasesEnd(namespace, LEASE_MS);
    await eventually(
      "the janitor has nothing more to delete",
      async () => {
        await sweep(namespace);
        return (await claimsIn(suite, namespace)).every(
          ({ metadata }) =>
            metadata?.deletionTimestamp === undefined &&
            metadata?.annotations?.[QUARANTINE_ANNOTATION] === undefined &&
            metadata?.name?.startsWith("trimmed-") !== true,
        );
      },
      60_000,
    );
    // A Pod that was held back may have come since.
    await hasNoPods(namespace);
    const free = (await claimNames(suite, namespace)).filter(
      // The Pods without a controller are not created again.
      (name) => !name.startsWith("bare-"),
    );
    const misses = await handOutAll(namespace, free, functions);
    const killed = functions.reduce((sum, { kills }) => sum + kills, 0);
    console.log(
      `      ${watched.pods} Pods, ${faults()} faults, ${killed} kills, ${sweeps} sweeps; ${watched.deleted} claims deleted; ${free.length} handed out, new sets beside them with each start: ${misses.map(({ length }) => length).join(", ")}`,
    );
    console.log(
      `      from the begin of a lease of ${LEASE_MS} ms until its Pod was there: at most ${watched.longestToPod} ms`,
    );
    for (const [pool, { claims: most, taken }] of watched.pools)
      console.log(
        `      pool ${pool}: at most ${most} claims, ${taken} of them taken at once`,
      );
    // Deletes of requests that were under way at the end of the storm may have come after it.
    deletes.push(...ground.proxy().requests.filter(isDelete));
    expect(watched.violations).to.deep.equal([]);
    const passedOver = watched.passedOver((claim) =>
      missOf(claim, functions).includes(NO_ANSWER),
    );
    for (const report of passedOver)
      for (const [claim] of report.matchAll(/burst-\d+-\S+/g))
        console.log(`      passed over: ${missOf(claim, functions)}`);
    expect(passedOver).to.deep.equal([]);
    const deletedByFunction = new Set(
      deletes.map(({ path }) => path.split("/").at(-1)),
    );
    expect(
      watched.deletedUnderLease.filter(
        ({ claim }) => !deletedByFunction.has(claim),
      ),
    ).to.deep.equal([]);
    for (const [pool, { claims: most, taken }] of watched.pools)
      expect(most, `pool ${pool}`).to.be.at.most(taken);
    expect(
      setsOf(misses.flat(), WAITING.map(nameOf)),
      "new sets of Pods with Wait",
    ).to.deep.equal([]);
    // A Pod with `Create` gets a new set when others are faster at each free set that it tries. On a busy machine it also gets one when
    // the API server has not answered for half of the time that the request has.
    const creating = [...CREATING.map(nameOf), "burst"];
    const tolerated = Math.max(
      1,
      Math.floor(setsOf(free, creating).length / 100),
    );
    expect(
      setsOf(misses[0] ?? [], creating)
        .map((name) => missOf(name, functions))
        .filter((line) => !wasKeptWaiting(line))
        .slice(tolerated),
      `new sets of Pods with Create, beside free ones, after the first ${tolerated}`,
    ).to.deep.equal([]);
    expect(killed).to.be.above(1);
    expect(watched.deleted).to.be.above(0);
  });

  /** Holds back one Pod in ten: its claim is reserved, and no list shows it. */
  async function holdBackPodsOf(namespace: string): Promise<void> {
    ground.afterwards(
      await holdBackPods(
        suite.controlPlane,
        namespace,
        "CREATE",
        async () => {
          if (randomOfDelays() < 0.1)
            await sleep(randomOfDelays() * LONGEST_DELAY_MS);
        },
        DELAY_TIMEOUT,
      ),
    );
  }

  /** Faults between the functions and the API server; gives their number so far. */
  function addFaults(
    namespace: string,
    functions: readonly KillableFunction[],
  ): () => number {
    const ofNamespace = ({ path }: ProxiedRequest): boolean =>
      path.includes(`/namespaces/${namespace}/`);
    // The lease is written, and the API server gets no answer.
    const killer = ground
      .proxy()
      .intercept(
        (request) =>
          ofNamespace(request) &&
          request.method === "PATCH" &&
          randomOfFaults() < 0.02,
        {
          after: () => {
            const victim = functions[Math.floor(randomOfFaults() * 2)];
            void victim?.restart().catch(() => undefined);
          },
          resetAfterWrite: true,
        },
      );
    const others = injectFaults(ground.proxy(), randomOfFaults, ofNamespace);
    return () =>
      Object.values(others()).reduce((sum, hits) => sum + hits, killer.hits);
  }

  /** What happens in the storm. */
  function actions(
    namespace: string,
    functions: readonly KillableFunction[],
    half: number,
  ): readonly (() => Promise<unknown>)[] {
    let bare = 0;
    return [
      () => scale(suite, namespace, pick(NAMES), Math.floor(random() * 15)),
      () => restart(suite, namespace, pick(NAMES)),
      async () => {
        const pod = pick(await podsIn(suite, namespace));
        await suite.core.deleteNamespacedPod({
          namespace,
          name: nameOf(pod),
          ...(random() < 0.3 && { gracePeriodSeconds: 0 }),
        });
      },
      () =>
        suite.core.createNamespacedPod({
          namespace,
          body: aBarePod(`bare-${(bare += 1)}`, {
            annotations: reused({ pool: "bare" }),
          }),
        }),
      async () => {
        // The loop does not wait until it listens again.
        if (random() < 0.4)
          void pick(functions)
            .restart()
            .catch(() => undefined);
      },
      async () => {
        // The Pods that come at once take the sets first.
        if (random() < 0.3 && Date.now() > half)
          await scale(suite, namespace, "burst", Math.floor(random() * 60));
      },
    ];
  }

  /** Far more Pods than the pool has free sets, all at once. Each is asked for again when it is rejected, as controllers do. */
  async function createPodsAtOnce(namespace: string): Promise<void> {
    await Promise.all(
      Array.from({ length: BURST }, async (_, index) => {
        const body = aBarePod(`burst-${index}`, {
          annotations: reused({ pool: "burst" }),
        });
        for (let tries = 0; tries < 5; tries += 1)
          try {
            return await suite.core.createNamespacedPod({ namespace, body });
          } catch {
            await sleep(1_000);
          }
        return undefined;
      }),
    );
  }

  /**
   * Starts as many Pods as there are free sets, then as many more as sets are left, until each set has a Pod. Gives the new sets that
   * were created in each start.
   */
  async function handOutAll(
    namespace: string,
    free: readonly string[],
    functions: readonly KillableFunction[],
  ): Promise<readonly (readonly string[])[]> {
    const deployments = [...NAMES, "burst"];
    let left = free;
    let held: readonly string[] = [];
    const misses: (readonly string[])[] = [];
    while (left.length > 0 && misses.length < 3) {
      // When an answer is late, the function takes another set. The first one stays leased, and nobody has it.
      if (misses.length > 0) await leasesEnd(namespace, LEASE_MS);
      const pods = new Map(
        deployments.map((name) => [
          name,
          {
            from: setsOf(held, [name]).length,
            to: setsOf([...held, ...left], [name]).length,
          },
        ]),
      );
      const most = Math.max(
        ...[...pods.values()].map(({ from, to }) => to - from),
      );
      for (let more = HAND_OUT; more < most + HAND_OUT; more += HAND_OUT) {
        const counts = [...pods].map(
          ([name, { from, to }]) => [name, Math.min(to, from + more)] as const,
        );
        for (const [name, count] of counts)
          await scale(suite, namespace, name, count);
        for (const [name, count] of counts)
          await hasReady(namespace, name, count);
      }
      held = (await podsIn(suite, namespace)).flatMap(
        (pod) => claimOf(pod) ?? [],
      );
      left = free.filter((name) => !held.includes(name));
      const known = new Set([...free, ...misses.flat()]);
      misses.push(held.filter((name) => !known.has(name)));
    }
    for (const name of misses.flat())
      console.log(`      new beside free ones: ${missOf(name, functions)}`);
    expect(left, "sets that no Pod gets").to.deep.equal([]);
    return misses;
  }

  /** A sweep of the janitor, for which the product's lease is as long as that of the functions here. */
  async function sweep(namespace: string): Promise<void> {
    await sweepOn(suite.controlPlane.kubeconfigPath, namespace, {
      laterMs: LEASE_OF_PRODUCT_MS - LEASE_MS,
    });
  }
});

/** In the log of a function: the API server did not confirm a reservation. */
const NO_ANSWER = '"reason":"no-answer"';

/** True when a line of the log says that the API server did not confirm a reservation in half of the time of its request. */
function wasKeptWaiting(line: string): boolean {
  const ms = Number(/"ms":(\d+)/.exec(line)?.[1] ?? 0);
  // Half of what is left after the time for the answer.
  return line.includes(NO_ANSWER) && ms > FUNCTION_TIMEOUT * 450;
}

/** What the function logged when it created this claim. */
function missOf(claim: string, functions: readonly KillableFunction[]): string {
  const lines = functions.flatMap(({ log }) => log().split("\n"));
  return lines.find((line) => line.includes(`created ${claim}`)) ?? claim;
}

/** Claims of these Deployments. */
function setsOf(
  claims: readonly string[],
  deployments: readonly string[],
): string[] {
  return claims.filter((name) =>
    deployments.some((deployment) => name.startsWith(`${deployment}-`)),
  );
}
