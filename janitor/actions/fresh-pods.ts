import type { WantedState } from "../cluster/recent-state.ts";
import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { ListPods } from "./pod-lists.ts";
import type { SweepContext } from "./sweep-context.ts";

/**
 * A list may be this old when a delete uses it. The API server confirms its state only every 100 ms, so a list can be nearly this old
 * when it comes.
 */
export const LIST_LIFE_MS = 125;

/** How long the API server may take to confirm its state. */
const CONFIRM_MS = 100;

/**
 * In a large namespace the list itself takes long. It then stays usable for this many times as long after it came, so that most of the
 * time is left for deletes.
 */
const EXTRA_LIFE_FACTOR = 3;

/** Enough to begin as many deletes as go at once, however old the list was when it came. */
const LEAST_EXTRA_LIFE_MS = 10;

const MOST_EXTRA_LIFE_MS = 1_000;

/**
 * A list that came later than this after its state says too little about now: nothing is deleted or adopted by it. It may have waited for
 * the lists of other large namespaces, and for pauses that the API server asked for.
 */
const OLDEST_LIST_MS = 60_000;

/** The next list is requested this long after the last one came, or later: an earlier one would mostly show the same state. */
const NEXT_LIST_MS = 80;

/**
 * When a list took longer than this, the next one begins only when the last cannot be used any more: lists that are always under way
 * take the processor time that the deletes need. In a measurement with 20,000 Pods, 1,000 deletes then took 11 s instead of 15 s or more.
 */
const SLOW_LIST_MS = 125;

/** Throws when a list of these objects shows a state that is older than what the janitor acts on. */
export function expectYoung(objects: string, ageMs: number): void {
  if (ageMs > OLDEST_LIST_MS)
    throw new Error(
      `the list of the ${objects} may show a state of ${Math.round(ageMs / 1_000)} s ago, which is too old to act on`,
    );
}

/** The Pods of a namespace by their newest list. */
export interface FreshPods {
  readonly users: PodsByClaim;
  /** True while the list is young enough to delete by. A delete that had to wait checks this again right before it is sent. */
  readonly isFresh: () => boolean;
}

/** A list, with times by the clock of the janitor, in milliseconds. */
interface TimedList {
  readonly users: PodsByClaim;
  /** Everything that had happened before is in the list. */
  readonly asOf: number;
  readonly nextAt: number;
  readonly usableUntil: number;
}

/**
 * Gives the Pods of a namespace from a list that is young enough to delete by, and lists them again in time. `first` says what else
 * the first list needs. After a list that failed, or that took too long, it rejects every call.
 */
export function freshPods(
  listPods: ListPods,
  { cluster, clock }: Pick<SweepContext, "cluster" | "clock">,
  first: Pick<WantedState, "after"> = {},
): () => Promise<FreshPods> {
  let last: TimedList | undefined;
  let next: Promise<void> | undefined;
  const list = async (): Promise<void> => {
    const notOlderThan = await cluster.recentState("pods", {
      maxAgeMs: LIST_LIFE_MS,
      ...(last ? { after: last.asOf } : first),
    });
    const { asOf, resourceVersion } = notOlderThan;
    const askedAt = clock();
    const users = podsByClaim(await listPods({ notOlderThan, hurry: true }));
    const cameAt = clock();
    expectYoung("Pods", cameAt - asOf);
    // Without a resourceVersion the list itself had to wait for the state.
    const tookMs = Math.max(
      0,
      cameAt - askedAt - (resourceVersion ? 0 : CONFIRM_MS),
    );
    const extra = Math.max(LEAST_EXTRA_LIFE_MS, tookMs * EXTRA_LIFE_FACTOR);
    const usableUntil = Math.max(
      asOf + LIST_LIFE_MS,
      cameAt + Math.min(extra, MOST_EXTRA_LIFE_MS),
    );
    const nextAt =
      tookMs > SLOW_LIST_MS
        ? usableUntil
        : Math.max(cameAt + NEXT_LIST_MS, usableUntil - tookMs - CONFIRM_MS);
    last = { users, asOf, nextAt, usableUntil };
    next = undefined;
  };
  return async () => {
    for (;;) {
      const now = clock();
      const young = last && now <= last.usableUntil ? last : undefined;
      if (!young || now >= young.nextAt) {
        next ??= list();
        // The callers that wait for it get the failure, at once or when the last list is too old.
        next.catch(() => undefined);
      }
      if (young)
        return {
          users: young.users,
          isFresh: () => clock() <= young.usableUntil,
        };
      await next;
    }
  };
}
