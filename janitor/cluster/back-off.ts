import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../functions/kubernetes/api-server.ts";

/** Waits so many milliseconds; rejects when the run is told to stop. */
export type Sleep = (milliseconds: number) => Promise<void>;

/** Tries of one request: with the pauses between them a few seconds of trouble are waited out, and a person need not wait long for the error. */
export const MAX_TRIES = 4;

const FIRST_PAUSE_MS = 500;

/** A run that waits longer had better end: the next one comes by itself. Bounds what a server may ask for in Retry-After, too. */
const LONGEST_PAUSE_MS = 30_000;

/** True for what another try may cure: no answer, too busy (429), or a fault of the server. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiUnreachableError) return true;
  return (
    error instanceof ApiStatusError &&
    (error.status === 429 || error.status >= 500)
  );
}

/** Milliseconds to wait after the try number `tries` has failed: as long as the server asks, within limits. */
export function pauseAfter(tries: number, error: unknown): number {
  const asked =
    error instanceof ApiStatusError ? (error.retryAfterSeconds ?? 0) : 0;
  const pause = Math.max(FIRST_PAUSE_MS * 2 ** (tries - 1), asked * 1_000);
  return Math.min(pause, LONGEST_PAUSE_MS);
}

/**
 * Repeats `attempt` while its failures are transient, at most `MAX_TRIES` times in all. Only for what may be done twice.
 * `onFailure` hears of each failure that is followed by another try.
 */
export async function retryTransient<T>(
  attempt: () => Promise<T>,
  sleep: Sleep,
  onFailure: (error: unknown) => void = () => undefined,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= MAX_TRIES || !isTransient(error)) throw error;
      onFailure(error);
      await sleep(pauseAfter(tries, error));
    }
  }
}
