import { parseDuration } from "../contract/duration.ts";

/** The time-out of a webhook configuration that does not set one. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** The longest timeoutSeconds that the API server accepts. */
const MAX_TIMEOUT_MS = 30_000;

/** Time to send the answer, in milliseconds, so that a person reads our reason instead of "context deadline exceeded". */
const ANSWER_MARGIN_MS = 500;

/** At most this share of a short time-out is reserved. */
const ANSWER_MARGIN_SHARE = 0.2;

/**
 * Milliseconds from now in which the work must be done. The API server adds the `timeout` query parameter to each webhook
 * call (a Go duration such as `10s`); any other value counts as its default of ten seconds.
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
