import {
  ApiStatusError,
  ApiUnreachableError,
} from "../kubernetes/api-server.ts";

/** First pause before a request is sent again; it doubles with each try and is spread at random, so that a burst does not come back as a burst. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** A try gets half of the time that is left, so that one lost answer still leaves time to ask again, but not less than this while there is that much. */
const SHORTEST_TRY_MS = 500;

/** Milliseconds for one try when `left` of them are left for all. */
export function tryTime(left: number): number {
  return Math.max(1, Math.min(left, Math.max(SHORTEST_TRY_MS, left / 2)));
}

/** True when the same request may be answered otherwise a little later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiUnreachableError) return true;
  if (!(error instanceof ApiStatusError)) return false;
  // A Conflict is the quota's: many claims at once change the same ResourceQuota, and the API server gave up after some tries of its own.
  return (
    error.status === 429 ||
    error.status >= 500 ||
    (error.status === 409 && error.reason === "Conflict")
  );
}

/** Milliseconds to wait before the next try, or undefined when another try would get the same answer. */
export function pauseBefore(
  attempt: number,
  error: unknown,
): number | undefined {
  if (!isTransient(error)) return undefined;
  const asked = error instanceof ApiStatusError ? error.retryAfterSeconds : 0;
  return Math.max(backOff(attempt), (asked ?? 0) * 1_000);
}

/** Milliseconds of a pause after so many others. */
export function backOff(attempt: number): number {
  return (
    Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) *
    (0.5 + Math.random() / 2)
  );
}
