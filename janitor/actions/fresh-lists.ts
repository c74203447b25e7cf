import type { RecentState } from "../cluster/recent-state.ts";
import type { SweepPorts } from "./sweep-context.ts";

/**
 * Deletes may use a list of the Pods up to this age. The API server is sure of its state every 100 ms, so even an answer that is used at
 * once can be nearly this old, and the next one comes in this time.
 */
export const LIFE_MS = 125;

/** How long the API server may take to be sure of its state. */
const WAIT_MS = 100;

/**
 * In a large namespace the list itself takes long. It then stays usable for this many times as long after it came, so that most of the
 * time is left for deletes.
 */
const EXTRA_FACTOR = 3;

/** Enough to begin as many deletes as go at once, however old the list was when it came. */
const LEAST_EXTRA_MS = 10;

const MOST_EXTRA_MS = 1_000;

/** The next list is requested this long after the last one came, or later: an earlier one would mostly show the same state. */
const NEXT_MS = 80;

/** What the newest list has. */
export interface Fresh<T> {
  readonly listed: T;
  /** True while the list is young enough to delete by. A delete that had to wait checks this again right before it is sent. */
  readonly isFresh: () => boolean;
}

/** A list, with times by the clock of the janitor, in milliseconds. */
interface TimedList<T> {
  readonly listed: T;
  /** Everything that had happened before is in the list. */
  readonly asOf: number;
  readonly nextAt: number;
  readonly usableUntil: number;
}

/**
 * Gives what `list` gives, young enough to delete by, and lists again in time. After a list that failed it rejects every call. `list`
 * lists Pods, last of all: how old they are decides.
 */
export function freshLists<T>(
  list: (notOlderThan: RecentState) => Promise<T>,
  { cluster, clock }: Pick<SweepPorts, "cluster" | "clock">,
): () => Promise<Fresh<T>> {
  let last: TimedList<T> | undefined;
  let next: Promise<void> | undefined;
  const listAgain = async (): Promise<void> => {
    const notOlderThan = await cluster.recentState({
      maxAgeMs: LIFE_MS,
      ...(last && { after: last.asOf }),
    });
    const { asOf, versions } = notOlderThan;
    const askedAt = clock();
    const listed = await list(notOlderThan);
    const cameAt = clock();
    // Without versions the list itself had to wait for the state.
    const tookMs = Math.max(0, cameAt - askedAt - (versions ? 0 : WAIT_MS));
    const extra = Math.max(LEAST_EXTRA_MS, tookMs * EXTRA_FACTOR);
    const usableUntil = Math.max(
      asOf + LIFE_MS,
      cameAt + Math.min(extra, MOST_EXTRA_MS),
    );
    const nextAt = Math.max(cameAt + NEXT_MS, usableUntil - tookMs - WAIT_MS);
    last = { listed, asOf, nextAt, usableUntil };
    next = undefined;
  };
  return async () => {
    for (;;) {
      const now = clock();
      const young = last && now <= last.usableUntil ? last : undefined;
      if (!young || now >= young.nextAt) {
        next ??= listAgain();
        // The callers that wait for it get the failure, at once or when the last list is too old.
        next.catch(() => undefined);
      }
      if (young)
        return {
          listed: young.listed,
          isFresh: () => clock() <= young.usableUntil,
        };
      await next;
    }
  };
}
