import {
  HOLD_KEY,
  SET_LABEL,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_MAX_AGE,
  TEMPLATE_MAX_IDLE,
  TEMPLATE_MAX_USES,
  TEMPLATE_ON_MISS,
  WAIT,
} from "../contract/keys.ts";
import type { PoolSet, SetReason } from "./sets.ts";
import type { PoolLimits } from "./pool.ts";

/** What a Pod gets from its pool. */
export type PoolDecision =
  /** The set that an earlier delivery of the same request reserved. */
  | { readonly kind: "found"; readonly set: PoolSet }
  /** A free set, the best first. */
  | { readonly kind: "reserve"; readonly candidates: readonly PoolSet[] }
  /** A new set. With `afterAnotherLook`, only when a short wait does not change that. */
  | {
      readonly kind: "create";
      readonly miss: MissReason;
      readonly afterAnotherLook: boolean;
    }
  /** Nothing yet: this set will soon be free or used. */
  | {
      readonly kind: "wait";
      readonly set: string;
      readonly miss: MissReason;
      readonly why: string;
    }
  /** Nothing, until a person or another Pod does something. */
  | {
      readonly kind: "reject";
      readonly miss: MissReason;
      readonly why: string;
    };

/** Why a Pod got no existing set: the reason of the set that was nearest to being free. */
export type MissReason =
  SetReason | "empty-pool" | "max-sets" | "contended" | "no-answer";

/**
 * A volume may still be detaching from its last node for this long after its Pod ended, in milliseconds. A Pod that was deleted leaves
 * no such time, but its object goes only when its kubelet has unmounted the volumes.
 */
const COOL_DOWN_MS = 10_000;

/** Most sets that a rejection names. */
const MOST_NAMED = 5;

/** Decides what the Pod of `requestUid` gets, by the states of the sets at `now`. */
export function decide(
  sets: readonly PoolSet[],
  limits: PoolLimits,
  requestUid: string,
  now: number,
): PoolDecision {
  const own = sets.find(({ lease }) => lease?.requestUid === requestUid);
  if (own) return { kind: "found", set: own };
  const inState = (state: PoolSet["state"]): readonly PoolSet[] =>
    sets.filter((set) => set.state === state);
  const [pending] = [...inState("in-flight"), ...inState("leaving")];
  const free = withoutSurplus(inState("free"), sets.length, limits);
  // Nothing is lost without a set that has no data, so no Pod waits for it.
  const unfit = sets.find(
    ({ isEmpty, state }) => state === "unfit" && !isEmpty,
  );
  const miss = missReason(sets);

  if (limits.wait && pending)
    return {
      kind: "wait",
      set: pending.name,
      miss: pending.reason,
      why: sentence(pending),
    };
  if (free.length > 0)
    return { kind: "reserve", candidates: inOrder(free, requestUid, now) };
  if (limits.wait && unfit)
    return {
      kind: "reject",
      miss: unfit.reason,
      why: `${sentence(unfit)}; ${adviceFor(unfit)}`,
    };
  if (limits.maxSets !== undefined && sets.length >= limits.maxSets)
    return {
      kind: "reject",
      miss: "max-sets",
      why: `the pool has ${sets.length} sets of claims, max-sets is ${limits.maxSets}, and none is free: ${[
        ...sets.slice(0, MOST_NAMED).map(sentence),
        ...inState("unfit")
          .filter(({ isEmpty }) => isEmpty)
          .slice(0, MOST_NAMED)
          .map(
            ({ name }) =>
              `set ${name} never had a volume: delete ${claimsOf(name)}`,
          ),
      ].join(", ")}`,
    };
  return {
    kind: "create",
    miss,
    // The ReplicaSet of the new rollout may create its Pod an instant before the one of the old rollout deletes its own.
    afterAnotherLook:
      limits.wait && sets.some(({ mayLeaveSoon }) => mayLeaveSoon),
  };
}

/**
 * Leaves out the empty sets beyond max-sets. Two instances of the function may each create a set at the same moment, and neither may delete
 * its own any more once it has a volume. Nobody gets these while the pool has as many others as max-sets says.
 */
function withoutSurplus(
  free: readonly PoolSet[],
  count: number,
  { maxSets = Infinity }: PoolLimits,
): readonly PoolSet[] {
  const filled = free.filter(({ reason }) => reason !== "fresh");
  const others = count - (free.length - filled.length);
  return others < maxSets ? free : filled;
}

/** A set and its state, for people. */
export function sentence({ name, why }: Pick<PoolSet, "name" | "why">): string {
  return `set ${name} ${why}`;
}

/**
 * The best first: sets that no sweep has marked as unused, then those with the latest mark. Sets whose volume may still be
 * detaching come after them, then sets with a claim that must grow. Sets of which no Pod was seen come last.
 *
 * One of these may have data, from a Pod that came and went between two sweeps. The set of a Pod that is rejected again and again
 * gets a new lease each time. So the set with the oldest lease comes first. Chance decides between equal sets.
 */
function inOrder(
  free: readonly PoolSet[],
  requestUid: string,
  now: number,
): PoolSet[] {
  const rank = ({ endedAt, mustGrow, reason }: PoolSet): number => {
    if (reason === "fresh") return 3;
    if (mustGrow) return 2;
    return endedAt !== undefined && now - endedAt < COOL_DOWN_MS ? 1 : 0;
  };
  const keyed = free.map((set) => ({
    set,
    rank: rank(set),
    leasedAt: set.reason === "fresh" ? (set.lease?.at ?? Infinity) : 0,
    unusedSince: set.unusedSince ?? Infinity,
    lot: hash(`${requestUid}/${set.name}`),
  }));
  return keyed
    .toSorted(
      (one, other) =>
        one.rank - other.rank ||
        compare(one.leasedAt, other.leasedAt) ||
        compare(other.unusedSince, one.unusedSince) ||
        one.lot - other.lot,
    )
    .map(({ set }) => set);
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

const NEAREST: readonly PoolSet["state"][] = [
  "unfit",
  "leaving",
  "in-flight",
  "used",
];

function missReason(sets: readonly PoolSet[]): MissReason {
  for (const state of NEAREST) {
    const set = sets.find((one) => one.state === state);
    if (set) return set.reason;
  }
  return "empty-pool";
}

function adviceFor(set: PoolSet): string {
  const { name, reason } = set;
  const claims = claimsOf(name);
  if (reason === "terminating") return "wait until it is gone";
  if (reason === "on-miss")
    return `to keep its data for such Pods, run: ${commandToKeep(set)}; otherwise delete ${claims}`;
  return reason === "cannot-grow"
    ? `give it what that asks for (a storage class that allows volume expansion, a larger quota, or a right), ask for less, or delete ${claims}`
    : `correct that, delete ${claims}, or take them out of the pool with the annotation ${HOLD_KEY}=true`;
}

/** Keys by which the janitor deletes a set. */
const DELETING_KEYS = [
  TEMPLATE_IDLE_TTL,
  TEMPLATE_MAX_AGE,
  TEMPLATE_MAX_IDLE,
  TEMPLATE_MAX_USES,
];

/** The command that makes a set one of `Wait`, which the janitor never deletes by itself: the annotations of its first claim decide. */
function commandToKeep({ leader, name }: PoolSet): string {
  const { annotations = {}, namespace = "default" } = leader?.metadata ?? {};
  return [
    `kubectl annotate persistentvolumeclaim ${name} --namespace=${namespace} --overwrite`,
    `${TEMPLATE_ON_MISS}=${WAIT}`,
    ...DELETING_KEYS.filter((key) => annotations[key] !== undefined).map(
      (key) => `${key}-`,
    ),
  ].join(" ");
}

function claimsOf(set: string): string {
  return `the claims with label ${SET_LABEL}=${set}`;
}

/** FNV-1a. Pods that come at the same time draw different sets among equal ones, and a repeated request draws the same set. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return value;
}
