import { setTimeout as sleep } from "node:timers/promises";
import {
  ClaimRejectedError,
  CONFLICT,
  rejectedFor,
  UNAVAILABLE,
} from "../claim-api/rejected.ts";
import {
  POOL_LABEL,
  QUARANTINE_ANNOTATION,
  SET_LABEL,
} from "../contract/keys.ts";
import { LEASE_MS } from "../contract/lease.ts";
import type { Lease } from "../contract/lease.ts";
import { printable, quoted } from "../contract/printable.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { decide, sentence } from "../pool/decide.ts";
import type { MissReason } from "../pool/decide.ts";
import { LIST_SHARE_MS } from "./lists.ts";
import type { PoolReader, SharedLists } from "./lists.ts";
import { leaseFor, reservationsOn } from "./reservations.ts";
import type { Failure, Reservation } from "./reservations.ts";
import { judgeSets } from "../pool/sets.ts";
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
}

/** What the Pod of a request gets. */
export type Obtained =
  | {
      readonly kind: "hit";
      readonly set: string;
      /** Name of the claim of each volume. */
      readonly claims: ReadonlyMap<string, string>;
      /** Absent when another delivery of the request has reserved the set, or a dry run would reserve it. */
      readonly reservation?: Reservation;
    }
  | {
      readonly kind: "miss";
      readonly reason: MissReason;
      /** The lease of the new set. */
      readonly lease: Lease;
    };

/** A claim that a Pod names. */
interface ClaimOfPod {
  readonly namespace: string;
  readonly name: string;
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
   * is nothing to reserve, or the request has done it already.
   * @throws {ClaimRejectedError} when another Pod has it
   */
  occupy(
    claim: ClaimOfPod,
    podName: string | undefined,
    requestUid: string,
    deadline: number,
    dryRun: boolean,
  ): Promise<Reservation | undefined>;
  /** Ends the lease of a set whose Pod will not be stored. Never throws: the lease ends by itself. */
  release(
    namespace: string,
    reservation: Reservation,
    deadline: number,
  ): Promise<void>;
  /**
   * How many sets the pool has beyond `max-sets` after a set was created: 0 when the new set may stay.
   * @throws {ClaimRejectedError}
   */
  surplus(request: PoolRequest, deadline: number): Promise<number>;
}

/**
 * How often the function tries to reserve a set for one Pod while other Pods take all its candidates. In a measurement with 220 Pods at
 * once on 220 free sets and two instances, up to 3 Pods found none in three tries, and got new sets beside the free ones.
 */
const MOST_TRIES = 10;
/**
 * A Pod waits this long inside its request, in milliseconds. In this time a start of many Pods settles, most old Pods end, and a
 * rollout without surge begins to delete the Pod that it replaces. A longer wait would delay the controller that creates the Pod. In
 * a pool with max-sets the time begins when the Pods before it have their sets.
 */
const WAIT_MS = 1_000;
/** The first pause is short: with max-sets, most Pods of a start wait only until the Pod before them is stored. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 200;

/** Pools on a real API server. A lease lasts `leaseMs`: only tests, which store Pods at once, have a shorter one. */
export function poolsOn(
  api: ApiServer,
  reader: PoolReader,
  leaseMs: number = LEASE_MS,
): Pools {
  const reservations = reservationsOn(api, leaseMs);
  return {
    obtain: async (request, deadline, dryRun) =>
      await endingUnconfirmed(request.namespace, deadline, (unconfirmed) =>
        obtain(request, deadline, dryRun, unconfirmed),
      ),
    occupy: async (claim, podName, requestUid, deadline, dryRun) =>
      await endingUnconfirmed(claim.namespace, deadline, (unconfirmed) =>
        occupy(claim, podName, requestUid, deadline, dryRun, unconfirmed),
      ),
    release: reservations.end,

    async surplus({ namespace, pool, wanted }, deadline) {
      const { maxSets } = wanted.limits;
      if (maxSets === undefined) return 0;
      const lists = await read(namespace, pool, performance.now(), deadline);
      return Math.max(0, setsIn(lists, wanted, leaseMs).length - maxSets);
    },
  };

  /** `Pools.obtain`, without the end of the leases in `unconfirmed`. */
  async function obtain(
    request: PoolRequest,
    deadline: number,
    dryRun: boolean,
    unconfirmed: Map<string, Reservation>,
  ): Promise<Obtained> {
    const { namespace, pool, requestUid, wanted } = request;
    const came = performance.now();
    const { limits } = wanted;
    // A set may still have to be created in the other half of the time.
    const halfTime = (came + deadline) / 2;
    const waitUntil = Math.min(came + WAIT_MS, halfTime);
    let pauseMs = FIRST_PAUSE_MS;
    const canWait = (): boolean =>
      !dryRun && waitUntil - performance.now() > pauseMs;
    const unable = new Map<string, string>();
    let failure: Failure | undefined;
    // With on-miss Wait, a Pod often comes just after its predecessor has ended: older lists do not show that.
    let notBefore = limits.wait ? came : came - LIST_SHARE_MS;
    const pause = async (): Promise<void> => {
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      notBefore = performance.now();
    };
    for (let tries = 0; ;) {
      const lists = await read(namespace, pool, notBefore, deadline);
      const sets = setsIn(lists, wanted, leaseMs, unable);
      const decision = decide(sets, limits, requestUid, lists.now);
      const miss = (reason: MissReason): Obtained => ({
        kind: "miss",
        reason,
        lease: leaseFor(requestUid, lists),
      });
      switch (decision.kind) {
        case "found":
          return hasAll(decision.set, wanted)
            ? hit(decision.set, confirmed(unconfirmed, decision.set))
            : miss("member-missing");
        case "create":
          if (!decision.afterAnotherLook || !canWait())
            return miss(decision.miss);
          await pause();
          break;
        case "wait":
          if (!dryRun)
            await endKeptPromises(
              namespace,
              sets,
              lists,
              Math.max(waitUntil, performance.now() + LONGEST_PAUSE_MS),
            );
          if (!canWait()) throw rejected(request, decision);
          await pause();
          break;
        case "reject":
          if (lists.begunAt >= came) throw rejected(request, decision);
          notBefore = came;
          break;
        case "reserve": {
          const [best] = decision.candidates;
          if (dryRun && best) return hit(best);
          // Only here, after a look at the lists: they show a lease whose confirmation was lost.
          if (
            failure &&
            (tries === MOST_TRIES || performance.now() > halfTime)
          ) {
            if (!limits.wait && limits.maxSets === undefined)
              return miss(failure.miss);
            throw rejected(request, failure);
          }
          const tried = await reservations.first(
            namespace,
            decision.candidates,
            lists,
            wanted,
            unable,
            requestUid,
            deadline,
          );
          if (tried.kind === "reserved") {
            unconfirmed.delete(tried.set.name);
            return hit(tried.set, tried.reservation);
          }
          if (tried.kind === "unconfirmed")
            unconfirmed.set(tried.reservation.set, tried.reservation);
          // What came of later tries says less than that a lease may have been written.
          if (failure?.miss !== "no-answer") failure = tried;
          tries += 1;
          notBefore = performance.now();
          break;
        }
        default:
          return decision satisfies never;
      }
    }
  }

  /** `Pools.occupy`, without the end of the leases in `unconfirmed`. */
  async function occupy(
    { name, namespace }: ClaimOfPod,
    podName: string | undefined,
    requestUid: string,
    deadline: number,
    dryRun: boolean,
    unconfirmed: Map<string, Reservation>,
  ): Promise<Reservation | undefined> {
    const claim = await reservations.readClaim(namespace, name, deadline);
    const labels = claim?.metadata?.labels;
    const pool = labels?.[POOL_LABEL];
    const setName = labels?.[SET_LABEL];
    if (pool === undefined || setName === undefined) return undefined;
    const wanted: WantedSet = {
      volumes: new Map(),
      limits: { wait: true },
      nodes: {},
      origin: undefined,
    };
    const what = `claim ${namespace}/${name}, which Pod ${quoted(podName ?? "")} names`;
    let failure: ClaimRejectedError | undefined;
    for (let tries = 0; ; tries += 1) {
      const lists = await read(namespace, pool, performance.now(), deadline);
      const set = setsIn(lists, wanted, leaseMs).find(
        (one) => one.name === setName,
      );
      // Held sets are left out: a person uses this one.
      if (set === undefined) return undefined;
      if (set.lease?.requestUid === requestUid)
        return confirmed(unconfirmed, set);
      if (
        set.leader === undefined ||
        (set.state !== "free" && set.state !== "unsuitable") ||
        // The janitor may delete a set in quarantine at any time.
        set.leader.metadata?.annotations?.[QUARANTINE_ANNOTATION] !== undefined
      )
        throw new ClaimRejectedError(
          CONFLICT,
          `Pod ${quoted(podName ?? "")} names claim ${namespace}/${name}, and ${sentence(set)}; make its volume an emptyDir to get a set of the pool`,
        );
      if (dryRun) return undefined;
      if (tries === MOST_TRIES)
        throw (
          failure ??
          new ClaimRejectedError(CONFLICT, `other Pods take the set of ${what}`)
        );
      const outcome = await reservations.write(
        namespace,
        set,
        lists,
        new Map(),
        requestUid,
        deadline,
      );
      if (outcome.kind === "reserved") {
        unconfirmed.delete(setName);
        return outcome.reservation;
      }
      if (outcome.kind === "unconfirmed") {
        unconfirmed.set(setName, outcome.reservation);
        failure ??= new ClaimRejectedError(
          UNAVAILABLE,
          `${what}: ${outcome.why}`,
        );
      }
    }
  }

  /**
   * Does `work`, which puts a reservation into the map, by its set, when the API server has not confirmed it, and takes it out when the
   * Pod gets that set. Ends the others: their leases may have been written. Nobody waits for that, since a lease ends by itself, too.
   */
  async function endingUnconfirmed<T>(
    namespace: string,
    deadline: number,
    work: (unconfirmed: Map<string, Reservation>) => Promise<T>,
  ): Promise<T> {
    const unconfirmed = new Map<string, Reservation>();
    try {
      return await work(unconfirmed);
    } finally {
      for (const reservation of unconfirmed.values())
        void reservations.end(namespace, reservation, deadline);
    }
  }

  /**
   * Ends the lease of each set whose Pod is terminating: that Pod was stored, so nobody needs the lease any more. Otherwise a Pod
   * that lives for less than a minute would delay its successor until the lease ends by itself.
   */
  async function endKeptPromises(
    namespace: string,
    sets: readonly PoolSet[],
    { ended }: SharedLists,
    deadline: number,
  ): Promise<void> {
    await Promise.all(
      sets.map(async ({ isPromiseKept, lease, name }) => {
        if (!isPromiseKept || !lease || ended.has(name)) return;
        ended.add(name);
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

/** The sets as listed, corrected by what this instance and this request know in addition. */
function setsIn(
  lists: SharedLists,
  wanted: WantedSet,
  leaseMs: number,
  unable: ReadonlyMap<string, string> = new Map(),
): PoolSet[] {
  return judged(lists, wanted, leaseMs).map((set) => {
    // Of an unsuitable set, too: a Pod that names a part of it has reserved it.
    if (set.state !== "free" && set.state !== "unsuitable") return set;
    const cannotGrow = unable.get(set.name);
    if (set.state === "free" && cannotGrow !== undefined)
      return {
        ...set,
        state: "unsuitable",
        reason: "cannot-grow",
        why: `is smaller than the template asks, and cannot grow: ${printable(cannotGrow)}`,
      };
    const requestUid = lists.taken.get(set.name);
    return requestUid === undefined
      ? set
      : {
          ...set,
          state: "in-flight",
          reason: "in-flight",
          why: "was just promised to another Pod",
          // A second delivery of that request finds its set, although the lists are older than the lease.
          lease: { requestUid, at: lists.now },
        };
  });
}

/** The Pods of one template that share the lists would all judge in the same way: the first one does it for the others. */
function judged(
  lists: SharedLists,
  wanted: WantedSet,
  leaseMs: number,
): readonly PoolSet[] {
  const key = judgementKey(wanted);
  const sets = lists.judged.get(key) ?? judgeSets(lists, wanted, leaseMs);
  lists.judged.set(key, sets);
  return sets;
}

/**
 * The same text for Pods that judge in the same way. Only a Pod that waits looks at its origin: Jobs that share a pool share the
 * judgement, although each has another uid.
 */
function judgementKey(wanted: WantedSet): string {
  return JSON.stringify({
    ...wanted,
    volumes: [...wanted.volumes],
    origin: wanted.limits.wait ? wanted.origin : undefined,
  });
}

function hasAll({ members }: PoolSet, { volumes }: WantedSet): boolean {
  return [...volumes.keys()].every((volume) => members.has(volume));
}

function hit(
  { members, name }: PoolSet,
  reservation?: Reservation,
): Extract<Obtained, { readonly kind: "hit" }> {
  return {
    kind: "hit",
    set: name,
    claims: new Map(
      [...members].map(([volume, { metadata }]) => [
        volume,
        metadata?.name ?? "",
      ]),
    ),
    ...(reservation && { reservation }),
  };
}

/**
 * Takes out and returns the reservation that the lists confirm: it wrote the lease of the set. Returns undefined when another delivery
 * of the request wrote that.
 */
function confirmed(
  unconfirmed: Map<string, Reservation>,
  { lease, name }: PoolSet,
): Reservation | undefined {
  const reservation = unconfirmed.get(name);
  unconfirmed.delete(name);
  return reservation?.lease.at === lease?.at ? reservation : undefined;
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
    // Conflict, as the API server answers when an object is in the wrong state. With both, the creator of the Pod tries again.
    super(miss === "no-answer" ? UNAVAILABLE : CONFLICT, message);
    this.miss = miss;
  }
}
