import type { Sleep } from "../../functions/kubernetes/retry.ts";

/**
 * The API server answers a list of the current state only when it is sure that its data is current, and it checks this every 100 ms.
 * So a request that is sent this long after the last one was answered is answered soon, and its answer is young.
 */
const REFRESH_MS = 80;

/** A resourceVersion of each resource: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
export interface Versions {
  readonly claims: string;
  readonly pods: string;
}

/** A state of the cluster. A list that is not older shows all that had happened before `asOf`. */
export interface RecentState {
  /** By the clock of the janitor, in milliseconds. */
  readonly asOf: number;
  /** Without it a list must ask for the current state itself. That takes up to 100 ms for each list. */
  readonly versions?: Versions;
}

/**
 * Gives a state that is at most `maxAgeMs` old, or as young as the call. All callers share it: only one request is under way. When a
 * request fails, the lists find out for themselves.
 */
export function recentStates(
  ask: () => Promise<Versions>,
  { clock, sleep }: { readonly clock: () => number; readonly sleep: Sleep },
): (maxAgeMs: number) => Promise<RecentState> {
  let last: (RecentState & { readonly cameAt: number }) | undefined;
  let next: Promise<void> | undefined;
  let failed = false;
  const request = async (): Promise<void> => {
    const early = last ? last.cameAt + REFRESH_MS - clock() : 0;
    if (early > 0) await sleep(early).catch(() => undefined);
    const asOf = clock();
    try {
      const versions = await ask();
      last = { asOf, versions, cameAt: clock() };
    } catch {
      failed = true;
    }
    next = undefined;
  };
  return async (maxAgeMs) => {
    const calledAt = clock();
    for (;;) {
      const now = clock();
      if (failed) return { asOf: now };
      if (last && (now - last.asOf <= maxAgeMs || last.asOf >= calledAt))
        return last;
      next ??= request();
      await next;
    }
  };
}
