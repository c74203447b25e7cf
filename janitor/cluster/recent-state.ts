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

/** Which state a caller needs. Times are in milliseconds. */
export interface WantedState {
  readonly maxAgeMs: number;
  /** The state must be of a later time than this, by the clock of the janitor. */
  readonly after?: number;
}

/**
 * Gives a state of the wanted age, or one as young as the call. All callers share it: only one request is under way. The next request is
 * sent before the last answer is too old. When a request fails, the lists find out for themselves.
 */
export function recentStates(
  ask: () => Promise<Versions>,
  { clock, sleep }: { readonly clock: () => number; readonly sleep: Sleep },
): (wanted: WantedState) => Promise<RecentState> {
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
  return async ({ maxAgeMs, after = -1 }) => {
    const calledAt = clock();
    for (;;) {
      if (failed) return { asOf: clock() };
      const ageMs = last ? clock() - last.asOf : Number.POSITIVE_INFINITY;
      if (ageMs > maxAgeMs / 2) next ??= request();
      if (
        last &&
        last.asOf > after &&
        (ageMs <= maxAgeMs || last.asOf >= calledAt)
      )
        return last;
      next ??= request();
      await next;
    }
  };
}
