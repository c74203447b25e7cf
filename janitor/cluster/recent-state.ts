import type { Sleep } from "../../functions/kubernetes/retry.ts";

/**
 * The API server answers a list of the current state only when it is sure that its data is current, and it checks this every 100 ms.
 * So a request that is sent this long after the last one was answered is answered soon, and its answer is young.
 */
const REFRESH_MS = 80;

/** After a request that failed, the lists find out for themselves for this long. */
const PAUSE_AFTER_FAILURE_MS = 10_000;

/** A state of all objects of one resource. A list that is not older shows all that had happened before `asOf`. */
export interface RecentState {
  /** By the clock of the janitor, in milliseconds. */
  readonly asOf: number;
  /** Without it a list must ask for the current state itself. That takes up to 100 ms for each list. */
  readonly resourceVersion?: string;
}

/** Which state a caller needs. Times are in milliseconds. */
export interface WantedState {
  readonly maxAgeMs: number;
  /** The state must be of a later time than this, by the clock of the janitor. */
  readonly after?: number;
}

/**
 * Gives a state of the wanted age, or one as young as the call. All callers share it: only one request is under way. The next request is
 * sent before the last answer is too old. After a request that failed, each list asks for the current state itself for ten seconds.
 * @param ask gets the resourceVersion of the current state: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function recentStates(
  ask: () => Promise<string>,
  { clock, sleep }: { readonly clock: () => number; readonly sleep: Sleep },
): (wanted: WantedState) => Promise<RecentState> {
  let last: (RecentState & { readonly cameAt: number }) | undefined;
  let next: Promise<void> | undefined;
  let pauseEndsAt = Number.NEGATIVE_INFINITY;
  const request = async (): Promise<void> => {
    const early = last ? last.cameAt + REFRESH_MS - clock() : 0;
    if (early > 0) await sleep(early).catch(() => undefined);
    const asOf = clock();
    try {
      const resourceVersion = await ask();
      last = { asOf, resourceVersion, cameAt: clock() };
    } catch {
      pauseEndsAt = clock() + PAUSE_AFTER_FAILURE_MS;
    }
    next = undefined;
  };
  return async ({ maxAgeMs, after = -1 }) => {
    const calledAt = clock();
    for (;;) {
      if (clock() < pauseEndsAt) return { asOf: clock() };
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
