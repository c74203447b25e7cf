import { parseDuration } from "../contract/duration.ts";

/** What the API server grants when its webhook configuration says nothing. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The longest timeoutSeconds that the API server accepts. */
const MAX_TIMEOUT_MS = 30_000;

/** Kept back for the answer's way home, so that a person reads our reason instead of "context deadline exceeded". */
const ANSWER_MARGIN_MS = 500;

/** Of a short time-out no more than this part is kept back. */
const ANSWER_MARGIN_SHARE = 0.2;

/**
 * Milliseconds from now in which the work must be done, from the `timeout` query parameter that the API server adds
 * to each webhook call (a Go duration such as `10s`); anything else counts as its default of ten seconds.
 */
export function timeForWork(timeout: unknown): number {
  const parsed =
    typeof timeout === "string" ? parseDuration(timeout) : undefined;
  const granted =
    parsed === undefined || parsed <= 0
      ? DEFAULT_TIMEOUT_MS
      : Math.min(parsed, MAX_TIMEOUT_MS);
  return granted - Math.min(ANSWER_MARGIN_MS, granted * ANSWER_MARGIN_SHARE);
}

/** True when `work` ends by `deadline`, well or badly; false at the deadline, and `work` goes on. */
export async function endsBy(
  work: Promise<unknown>,
  deadline: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    const left = Math.max(0, deadline - performance.now());
    timer = setTimeout(() => resolve(false), left);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
