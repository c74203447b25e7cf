import {
  isTransient,
  JANITOR_RETRY,
  pauseAfter,
} from "../../functions/kubernetes/retry.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";

/** Candidates whose write has failed. They are tried again after a pause, on new lists. */
export class FailedCandidates<T extends { readonly tries: number }> {
  readonly again: T[] = [];
  #pauseMs = 0;

  /**
   * Takes a candidate after its try number `tries` has failed with `error`. Returns false when another try would not help, or is left
   * for the next sweep.
   */
  take(candidate: T, error: unknown): boolean {
    const { tries } = candidate;
    if (tries >= JANITOR_RETRY.maxTries || !isTransient(error, JANITOR_RETRY))
      return false;
    this.again.push(candidate);
    this.#pauseMs = Math.max(
      this.#pauseMs,
      pauseAfter(tries, error, JANITOR_RETRY),
    );
    return true;
  }

  /** Waits before the next tries. Ends at once when the sweep is interrupted. */
  async pause(sleep: Sleep): Promise<void> {
    await sleep(this.#pauseMs).catch(() => undefined);
  }
}
