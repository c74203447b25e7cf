import { setTimeout as sleep } from "node:timers/promises";
import {
  ClaimRejectedError,
  CONFLICT,
  rejectedFor,
  UNAVAILABLE,
} from "../claim-api/rejected.ts";
import type { PodAnswer } from "../claim-api/rejected.ts";
import { POOL_LABEL, SET_LABEL } from "../contract/keys.ts";
import { LEASE_MS } from "../contract/lease.ts";
import type { Lease } from "../contract/lease.ts";
import { quoted } from "../contract/printable.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { decide, sentence } from "../pool/decide.ts";
import type { MissReason } from "../pool/decide.ts";
import { LIST_SHARE_MS } from "./lists.ts";
import type { PoolReader, SharedLists } from "./lists.ts";
import { leaseFor, reservationsOn } from "./reservations.ts";
import type { Failure, Reservation } from "./reservations.ts";
import { setsIn } from "./shared-sets.ts";
import { confirmed, lastFailure, noteFailure } from "./tries.ts";
import type { Tries } from "./tries.ts";
import { judgeNamedSet } from "../pool/sets.ts";
import type { PoolSet, WantedSet } from "../pool/sets.ts";

/** The set that a Pod wants, and its pool. */
export interface PoolRequest {
  readonly requestUid: string;
  readonly namespace: string;
  /** What people call the pool. */
  readonly poolName: string;
  /** Hash of the pool: the label of its claims. */
  readonly pool: string;
  readonly wanted: WantedSet;
  /** When the request came, in milliseconds of `performance.now()`; now unless given. With max-sets it then waits for its turn. */
  readonly cameAt?: number;
}

/** What the Pod of a request gets. */
export type Obtained =
  | {
      readonly kind: "hit";
      readonly set: string;
      /** As of `PoolSet`. */
      readonly isFresh: boolean;
      /** Name of the claim of each volume. */
      readonly claims: ReadonlyMap<string, string>;
      /** Absent when a dry run would reserve the set. */
      readonly reservation?: Reservation;
    }
  | {
      readonly kind: "miss";
      readonly reason: MissReason;
      /** The lease of the new set. */
      readonly lease: Lease;
    };

/** A claim that a Pod names. */
export interface NamedClaim {
  readonly namespace: string;
  readonly name: string;
  readonly podName?: string | undefined;
}

/** Hands out the sets of pools. Deadlines are in milliseconds of `performance.now()`. */
export interface Pools {
  /**
   * Reserves a set, or returns that the caller must create one. With `dryRun` it only reads.
   * @throws {ClaimRejectedError} when the Pod must wait or can get no set
   */
  obtain(
    request: PoolRequest,
    deadline: number,
    dryRun: boolean,
  ): Promise<Obtained>;
  /**
   * Reserves the set of a claim that the Pod names already, because its manifest was copied or restored. Returns undefined when there
   * is nothing to reserve: no pool has the claim, or a person holds it.
   * @throws {ClaimRejectedError} when another Pod has it
   */
  obtainNamed(
    claim: NamedClaim,
    requestUid: string,
    deadline: number,
    dryRun: boolean,
  ): Promise<Reservation | undefined>;
  /** Ends the lease of a set whose Pod will not be stored. Never throws: the lease ends by itself. */
  release(namespace: string, reservation: Reservation): Promise<void>;
  /**
   * How many sets the pool has beyond `max-sets` after a set was created: 0 when the new set may stay.
   * @throws {ClaimRejectedError}
   */
  surplus(request: PoolRequest, deadline: number): Promise<number>;
}

/**
 * A Pod waits this long for a set inside its request, in milliseconds. In this time a Pod that was admitted before it is stored, most old
 * Pods end, and a rollout without surge begins to delete the Pod that it replaces. A longer wait would delay the controller that creates
 * the Pod: only in a start of many Pods it goes on, from set to set, for half of the request's time at most.
 */
const WAIT_MS = 1_000;
/** The first pause is short: with max-sets, most Pods of a start wait only until the Pod before them is stored. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 200;
/** The end of a lease may take this long after the answer, in milliseconds. */
const RELEASE_MS = 5_000;

/** What pools need besides the API server and their lists. */
interface PoolOptions {
  /** Receives the end of a lease that may go on after the answer. */
  readonly afterAnswer?: (work: Promise<unknown>) => void;
  /** How long a lease lasts. Only tests, which store Pods at once, have a shorter one. */
  readonly leaseMs?: number | undefined;
}

/** Pools on a real API server. */
export function poolsOn(
  api: ApiServer,
  reader: PoolReader,
  { afterAnswer = () => {}, leaseMs = LEASE_MS }: PoolOptions = {},
): Pools {
  const reservations = reservationsOn(api, leaseMs);
  return {
    obtain: (request, deadline, dryRun) =>
      releasingUnconfirmed(request.namespace, (tries) =>
        obtain(request, deadline, dryRun, tries),
      ),
    obtainNamed: (claim, requestUid, deadline, dryRun) =>
      releasingUnconfirmed(claim.namespace, (tries) =>
        obtainNamed(claim, requestUid, deadline, dryRun, tries),
      ),
    release,

    async surplus({ namespace, pool, wanted }, deadline) {
      const { maxSets } = wanted.limits;
      if (maxSets === undefined) return 0;
      const lists = await read(namespace, pool, performance.now(), deadline);
      return Math.max(0, setsIn(lists, wanted, leaseMs).length - maxSets);
    },
  };

  async function obtain(
    request: PoolRequest,
    deadline: number,
    dryRun: boolean,
    tries: Tries,
  ): Promise<Obtained> {
    const { namespace, pool, requestUid, wanted } = request;
    const forPod = { namespace, requestUid, deadline };
    const begun = performance.now();
    const { cameAt = begun } = request;
    const { limits } = wanted;
    // A set may still have to be created in the other half of the time.
    const halfTime = (begun + deadline) / 2;
    let pauseMs = FIRST_PAUSE_MS;
    const canWait = (since: number): boolean =>
      !dryRun &&
      Math.min(since + WAIT_MS, halfTime) - performance.now() > pauseMs;
    /** The set in flight that the Pod waits for, and since when. */
    let waitsFor: { readonly set: string; readonly since: number } | undefined;
    /** Since when nothing but the set of an old Pod could still come. */
    let othersUsedSince: number | undefined;
    const unable = new Map<string, string>();
    // With on-miss Wait, a Pod often comes just after its predecessor has ended: older lists do not show that.
    let notBefore = limits.wait ? begun : begun - LIST_SHARE_MS;
    const pause = async (): Promise<void> => {
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      notBefore = performance.now();
    };
    for (;;) {
      const lists = await read(namespace, pool, notBefore, deadline);
      const sets = setsIn(lists, wanted, leaseMs, unable);
      const decision = decide(sets, limits, requestUid, lists.now);
      const miss = (reason: MissReason): Obtained => ({
        kind: "miss",
        reason,
        lease: leaseFor(requestUid, lists),
      });
      switch (decision.kind) {
        case "found": {
          const { set } = decision;
          if (!hasAll(set, wanted)) return miss("member-missing");
          if (dryRun) return hit(set);
          const own = confirmed(tries, set);
          if (own) return hit(set, own);
          const failure = lastFailure(tries, halfTime);
          if (failure) throw rejected(request, failure);
          const tried = await reservations.reserveOnly(forPod, set, lists);
          if (tried.kind === "reserved") return hit(set, tried.reservation);
          await noteFailure(tries, tried, halfTime);
          notBefore = performance.now();
          break;
        }
        case "create":
          // Not since the request began: it may have waited for sets in flight, and the old Pod still needs its second.
          othersUsedSince ??= performance.now();
          if (!decision.afterAnotherLook || !canWait(othersUsedSince))
            return miss(decision.miss);
          await pause();
          break;
        case "wait":
          if (!dryRun)
            await endSpentLeases(
              namespace,
              sets,
              lists,
              Math.min(
                deadline,
                Math.max(begun + WAIT_MS, performance.now() + LONGEST_PAUSE_MS),
              ),
            );
          // Many Pods that come at once are stored one after another: another set is in flight each time, and the start goes on.
          if (waitsFor?.set !== decision.set)
            waitsFor = { set: decision.set, since: performance.now() };
          // The time before its turn counts: otherwise a pool with max-sets waits a second for each of its Pods.
          if (!canWait(decision.miss === "leaving" ? cameAt : waitsFor.since))
            throw rejected(request, decision);
          await pause();
          break;
        case "reject":
          if (lists.begunAt >= begun) throw rejected(request, decision);
          notBefore = begun;
          break;
        case "reserve": {
          const [best] = decision.candidates;
          if (dryRun && best) return hit(best);
          // Only here, after a look at the lists: they may show a lease that was not confirmed.
          const failure = lastFailure(tries, halfTime);
          if (failure && !limits.wait && limits.maxSets === undefined)
            return miss(failure.miss);
          if (failure) throw rejected(request, failure);
          const tried = await reservations.reserveOneOf(
            forPod,
            decision.candidates,
            lists,
            wanted,
            unable,
          );
          if (tried.kind === "reserved") {
            tries.unconfirmed.delete(tried.set.name);
            return hit(tried.set, tried.reservation);
          }
          await noteFailure(tries, tried, halfTime);
          notBefore = performance.now();
          break;
        }
        default:
          return decision satisfies never;
      }
    }
  }

  async function obtainNamed(
    { name, namespace, podName = "" }: NamedClaim,
    requestUid: string,
    deadline: number,
    dryRun: boolean,
    tries: Tries,
  ): Promise<Reservation | undefined> {
    const claim = await reservations.readClaim(namespace, name, deadline);
    const labels = claim?.metadata?.labels;
    const pool = labels?.[POOL_LABEL];
    const setName = labels?.[SET_LABEL];
    if (pool === undefined || setName === undefined) return undefined;
    const forPod = { namespace, requestUid, deadline };
    const halfTime = (performance.now() + deadline) / 2;
    const what = `claim ${namespace}/${name}, which Pod ${quoted(podName)} names`;
    for (;;) {
      const lists = await read(namespace, pool, performance.now(), deadline);
      const set = judgeNamedSet(setName, lists, leaseMs);
      if (set === undefined) return undefined;
      const isOwn = set.lease?.requestUid === requestUid;
      const own = isOwn ? confirmed(tries, set) : undefined;
      if (own) return own;
      // A person holds a set in quarantine to find out what is wrong with it.
      const canUse =
        set.state === "free" || (set.isHeld && set.state === "unfit");
      if (!isOwn && !canUse)
        throw new ClaimRejectedError(
          CONFLICT,
          `Pod ${quoted(podName)} names claim ${namespace}/${name}, and ${sentence(set)}; make its volume an emptyDir to get a set of the pool`,
        );
      // A person holds it, and is responsible for every Pod with it.
      if (set.isHeld || dryRun) return undefined;
      const failure = lastFailure(tries, halfTime);
      if (failure)
        throw new ClaimRejectedError(
          answerTo(failure.miss),
          `${what}: ${failure.why}`,
        );
      const tried = await reservations.reserveOnly(forPod, set, lists);
      if (tried.kind === "reserved") {
        tries.unconfirmed.delete(setName);
        return tried.reservation;
      }
      await noteFailure(tries, tried, halfTime);
    }
  }

  /**
   * Does `work`. Then it ends the leases that are still unconfirmed: the Pod does not get their sets. Nobody waits for that, since a
   * lease ends by itself, too.
   */
  async function releasingUnconfirmed<T>(
    namespace: string,
    work: (tries: Tries) => Promise<T>,
  ): Promise<T> {
    const unconfirmed = new Map<string, Reservation>();
    try {
      return await work({ count: 0, failure: undefined, unconfirmed });
    } finally {
      for (const reservation of unconfirmed.values())
        void release(namespace, reservation);
    }
  }

  async function release(
    namespace: string,
    reservation: Reservation,
  ): Promise<void> {
    const ended = reservations.end(
      namespace,
      reservation,
      performance.now() + RELEASE_MS,
    );
    afterAnswer(ended);
    await ended;
  }

  /** Ends each spent lease. Otherwise a Pod that lives for less than a minute would delay its successor until the lease ends by itself. */
  async function endSpentLeases(
    namespace: string,
    sets: readonly PoolSet[],
    { endedLeases }: SharedLists,
    deadline: number,
  ): Promise<void> {
    await Promise.all(
      sets.map(async ({ isLeaseSpent, lease, name }) => {
        if (!isLeaseSpent || !lease || endedLeases.has(name)) return;
        endedLeases.add(name);
        await reservations.endForSeenPod(
          namespace,
          name,
          lease.requestUid,
          deadline,
        );
      }),
    );
  }

  async function read(
    namespace: string,
    pool: string,
    notBefore: number,
    deadline: number,
  ): Promise<SharedLists> {
    try {
      return await reader.read(namespace, pool, notBefore, deadline);
    } catch (error) {
      throw rejectedFor("cannot list the claims and Pods of its pool", error);
    }
  }
}

function hasAll({ members }: PoolSet, { volumes }: WantedSet): boolean {
  return [...volumes.keys()].every((volume) => members.has(volume));
}

function hit(
  { isFresh, members, name }: PoolSet,
  reservation?: Reservation,
): Extract<Obtained, { readonly kind: "hit" }> {
  return {
    kind: "hit",
    set: name,
    isFresh,
    claims: new Map(
      [...members].map(([volume, { metadata }]) => [
        volume,
        metadata?.name ?? "",
      ]),
    ),
    ...(reservation && { reservation }),
  };
}

function rejected(
  { namespace, poolName }: PoolRequest,
  { miss, why }: Failure,
): ClaimRejectedError {
  return new PoolMissError(
    miss,
    `pool ${quoted(poolName)} in namespace ${namespace}: ${why}`,
  );
}

/** The pool has no set for the Pod now. */
export class PoolMissError extends ClaimRejectedError {
  readonly miss: MissReason;

  constructor(miss: MissReason, message: string) {
    super(answerTo(miss), message);
    this.miss = miss;
  }
}

/** Conflict, as the API server answers when an object is in the wrong state. With both, the creator of the Pod tries again. */
function answerTo(miss: MissReason): PodAnswer {
  return miss === "no-answer" ? UNAVAILABLE : CONFLICT;
}
