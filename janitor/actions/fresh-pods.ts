import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { SweepContext } from "./sweep-context.ts";

/**
 * Deletes may use a list of the Pods up to this age: even a list that is used at once can be this old. The Events about the deletes are
 * written while no list is young enough.
 */
export const LIFE_MS = 75;

/** In a large namespace the next list is requested this long after the last one came, while that one is still used. */
const NEXT_MS = 80;

/** A list can have this age in any namespace, since the API server needs up to 100 ms to be sure of a state. What is beyond that comes from the number of Pods. */
const WAIT_MS = 100;

/** Enough to begin as many deletes as go at once, however old the list was when it came. */
const LEAST_EXTRA_MS = 10;

/**
 * In a large namespace the list itself takes long. It then stays usable for the same time again, in which the next one comes, but
 * not for longer than this.
 */
const MOST_EXTRA_MS = 1_000;

/** Up to which age a list is usable that had this age when it came, in milliseconds. */
function lifeOf(ageMs: number): number {
  const extra = Math.max(LEAST_EXTRA_MS, ageMs - WAIT_MS);
  return Math.max(LIFE_MS, ageMs + Math.min(extra, MOST_EXTRA_MS));
}

/** The Pods of a namespace by their newest list. */
export interface FreshPods {
  readonly users: PodsByClaim;
  /** True while the list is young enough to delete by. A delete that had to wait checks this again right before it is sent. */
  readonly isFresh: () => boolean;
}

/**
 * Gives the Pods of a namespace from a list that is young enough to delete by, and lists them again when necessary. After a
 * list that failed it rejects every call.
 */
export function freshPods(
  namespace: string,
  { cluster, clock }: SweepContext,
): () => Promise<FreshPods> {
  let last:
    | { users: PodsByClaim; asOf: number; cameAt: number; lifeMs: number }
    | undefined;
  let next: Promise<void> | undefined;
  const list = async (): Promise<void> => {
    const notOlderThan = await cluster.recentState(LIFE_MS);
    const { asOf } = notOlderThan;
    const users = podsByClaim(
      await cluster.listPods(namespace, { notOlderThan, hurry: true }),
    );
    const cameAt = clock();
    last = { users, asOf, cameAt, lifeMs: lifeOf(cameAt - asOf) };
    next = undefined;
  };
  return async () => {
    for (;;) {
      const now = clock();
      const young = last && now - last.asOf <= last.lifeMs ? last : undefined;
      if (!young || now - young.cameAt >= NEXT_MS) {
        next ??= list();
        // The callers that wait for it get the failure, at once or when the last list is too old.
        next.catch(() => undefined);
      }
      if (young)
        return {
          users: young.users,
          isFresh: () => clock() - young.asOf <= young.lifeMs,
        };
      await next;
    }
  };
}
