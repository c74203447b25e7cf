import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { SweepContext } from "./sweep-context.ts";

/**
 * Deletes may use a list of the Pods up to this age, counted from its request: even a list that is used at once can be this old.
 * The Events about the deletes are written while no list is young enough.
 */
const LIFE_MS = 75;

/**
 * The API server answers a list only when it is sure that its data is current, and it checks this every 100 ms. So a list that is
 * requested this long after the last one came is as young as a list can be.
 */
const REFRESH_MS = 80;

/** Time that a list takes in any namespace, for the reason above. What it takes beyond that comes from the number of Pods. */
const WAIT_MS = 100;

/** Enough to begin as many deletes as go at once, however old the list was when it came. */
const LEAST_EXTRA_MS = 10;

/**
 * In a large namespace the list itself takes long. It then stays usable for the same time again, in which the next one comes, but
 * not for longer than this.
 */
const MOST_EXTRA_MS = 1_000;

/** Up to which age a list is usable that took `tookMs`, in milliseconds. */
function lifeOf(tookMs: number): number {
  const extra = Math.max(LEAST_EXTRA_MS, tookMs - WAIT_MS);
  return Math.max(LIFE_MS, tookMs + Math.min(extra, MOST_EXTRA_MS));
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
  { cluster, clock, sleep }: SweepContext,
): () => Promise<FreshPods> {
  let last:
    | { users: PodsByClaim; askedAt: number; cameAt: number; lifeMs: number }
    | undefined;
  let next: Promise<void> | undefined;
  const list = async (): Promise<void> => {
    const early = last ? last.cameAt + REFRESH_MS - clock() : 0;
    if (early > 0) await sleep(early).catch(() => undefined);
    const askedAt = clock();
    const users = podsByClaim(await cluster.listPods(namespace, "hurry"));
    const cameAt = clock();
    last = { users, askedAt, cameAt, lifeMs: lifeOf(cameAt - askedAt) };
    next = undefined;
  };
  return async () => {
    for (;;) {
      const now = clock();
      const young =
        last && now - last.askedAt <= last.lifeMs ? last : undefined;
      if (!young || now - young.cameAt >= REFRESH_MS) {
        next ??= list();
        // The callers that wait for it get the failure, at once or when the last list is too old.
        next.catch(() => undefined);
      }
      if (young)
        return {
          users: young.users,
          isFresh: () => clock() - young.askedAt <= young.lifeMs,
        };
      await next;
    }
  };
}
