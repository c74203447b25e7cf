import { podsByClaim } from "./pod-uses-claim.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";
import type { Run } from "./run.ts";

/**
 * A list of the Pods is good for deletes up to this age, counted from when it was asked for. The API server itself takes up to
 * 100 ms to be sure that what it lists is current, so that a younger list is hardly to be had.
 */
const LIFE_MS = 100;

/**
 * In a large namespace the list takes longer than that. Its age when it comes cannot be helped; it is then good for as long again,
 * in which the next one comes, but for no more than this.
 */
const EXTRA_MS = 1_000;

/** The next list is asked for when the last has been there for so long, and deletes go on meanwhile. */
const REFRESH_MS = 80;

/** Up to which age a list is good that took so long; both in milliseconds. */
function lifeOf(tookMs: number): number {
  return Math.max(LIFE_MS, tookMs + Math.min(tookMs, EXTRA_MS));
}

/**
 * Gives the Pods of a namespace by a list that is young enough to delete by, and lists them again and again for that. Nothing may
 * be awaited between its answer and the delete. It rejects for good when one list fails.
 */
export function freshPods(
  namespace: string,
  { cluster, clock }: Run,
): () => Promise<PodsByClaim> {
  let last:
    | { users: PodsByClaim; askedAt: number; cameAt: number; lifeMs: number }
    | undefined;
  let next: Promise<void> | undefined;
  const list = async (): Promise<void> => {
    const askedAt = clock();
    const users = podsByClaim(await cluster.listPods(namespace));
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
        // Whoever waits for it hears of its failure, at once or when the last list has grown old.
        next.catch(() => undefined);
      }
      if (young) return young.users;
      await next;
    }
  };
}
