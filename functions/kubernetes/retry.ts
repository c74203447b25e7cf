import { setTimeout as sleepFor } from "node:timers/promises";
import { ApiStatusError, ApiUnreachableError } from "./api-server.ts";

/** Waits this many milliseconds. Rejects when the program must stop. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** How long a program waits before it sends a request again. Times are in milliseconds. */
export interface RetryPolicy {
  /** The first pause. Each further one is twice as long. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** The longest pause that a server may ask for in Retry-After. */
  readonly longestRetryAfterMs: number;
  /** Random share of a pause, from 0 to 1: the requests of a burst do not all come back at once. */
  readonly jitter: number;
  /**
   * True if a 409 with reason Conflict comes from a quota: many claims at once change the same ResourceQuota, and the API server
   * has given up after some tries. If false, a Conflict means that somebody has changed the object.
   */
  readonly quotaConflict: boolean;
  readonly maxTries: number;
}

/** The policy of the function. The deadline of the admission ends the tries, so the pauses are short and Retry-After has no limit. */
export const ADMISSION_RETRY: RetryPolicy = {
  firstPauseMs: 50,
  longestPauseMs: 1_000,
  longestRetryAfterMs: Infinity,
  jitter: 0.5,
  quotaConflict: true,
  maxTries: Infinity,
};

/** The policy of the janitor. It has few requests under way at once. Instead of longer waits, the next run tries again. */
export const JANITOR_RETRY: RetryPolicy = {
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  longestRetryAfterMs: 30_000,
  jitter: 0,
  quotaConflict: false,
  // Survives some seconds without an API server, and a person soon sees the error.
  maxTries: 4,
};

/** One try of the function may always take this long. Otherwise it may take half of the remaining time, which leaves time for another try. */
const SHORTEST_TRY_MS = 500;

/** True when the same request may succeed a little later: no answer, too many requests (429), or a fault of the server. */
export function isTransient(
  error: unknown,
  { quotaConflict }: RetryPolicy,
): boolean {
  if (error instanceof ApiUnreachableError) return true;
  if (!(error instanceof ApiStatusError)) return false;
  return (
    error.status === 429 ||
    error.status >= 500 ||
    (quotaConflict && error.status === 409 && error.reason === "Conflict")
  );
}

/** Milliseconds to wait after the try number `tries` has failed with `error`: as long as the server asks, within limits. */
export function pauseAfter(
  tries: number,
  error: unknown,
  { firstPauseMs, longestPauseMs, longestRetryAfterMs, jitter }: RetryPolicy,
): number {
  const asked =
    error instanceof ApiStatusError ? (error.retryAfterSeconds ?? 0) : 0;
  const pause = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
  return Math.max(
    pause * (1 - jitter * Math.random()),
    Math.min(asked * 1_000, longestRetryAfterMs),
  );
}

/** Milliseconds for one try when `left` milliseconds remain for all tries. */
export function tryTime(left: number): number {
  return Math.max(1, Math.min(left, Math.max(SHORTEST_TRY_MS, left / 2)));
}

/** What bounds the tries of one request, besides the policy. */
interface RetryLimit {
  /** No pause ends after it. In milliseconds of `performance.now()`. */
  readonly deadline?: number;
  readonly sleep?: Sleep;
  /** Gets each failure before another try. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Repeats `attempt` while its failures are transient, within the policy and the limit. `attempt` must be safe to repeat. It gets the
 * milliseconds that it may take.
 */
export async function retry<T>(
  policy: RetryPolicy,
  { deadline = Infinity, sleep = sleepFor, onFailure }: RetryLimit,
  attempt: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(tryTime(deadline - performance.now()));
    } catch (error) {
      if (tries >= policy.maxTries || !isTransient(error, policy)) throw error;
      const pause = pauseAfter(tries, error, policy);
      if (performance.now() + pause >= deadline) throw error;
      onFailure?.(error);
      await sleep(pause);
    }
  }
}
