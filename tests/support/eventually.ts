import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../../functions/contract/error-message.ts";

/** A local API server answers in a few milliseconds; polling faster than this would only load the machine. */
const pollIntervalMs = 100;
/** Controllers act within a second or two; the rest is for a machine that is busy with something else. */
const defaultTimeoutMs = 30_000;

/**
 * Calls `attempt` until it neither throws nor returns `false`, `undefined` or `null`, and returns its result. After
 * `timeoutMs` it throws, naming `what` and the last error or value.
 */
export async function eventually<T>(
  what: string,
  attempt: () => T | Promise<T>,
  timeoutMs = defaultTimeoutMs,
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last: string;
    let cause: unknown;
    try {
      const value = await attempt();
      if (isResult(value)) return value;
      last = `last value: ${String(value)}`;
    } catch (error) {
      cause = error;
      last = `last error: ${errorMessage(error)}`;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${what}: not within ${timeoutMs} ms; ${last}`, {
        cause,
      });
    }
    await sleep(pollIntervalMs);
  }
}

function isResult<T>(value: T): value is Exclude<T, false | undefined | null> {
  return value !== false && value !== undefined && value !== null;
}
