import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../../functions/contract/error-message.ts";

/** Short against the steps of a start-up, long against a request to a local server. */
const pollIntervalMs = 50;

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Ends the waiting, with its error, when it resolves. */
  readonly failed: Promise<Error>;
  /** The end of the log, which shows why it takes so long. */
  readonly logTail: () => Promise<string>;
}

/**
 * Polls until `condition` is true. An error of the condition counts as "not yet"; the last one is in the message of
 * the time-out.
 */
export async function waitUntil(
  what: string,
  condition: () => Promise<boolean>,
  options: WaitOptions,
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  let failure: Error | undefined;
  void options.failed.then((error) => {
    failure = error;
  });
  let last = "";
  while (Date.now() < deadline) {
    if (failure !== undefined) throw failure;
    try {
      if (await condition()) return;
      last = "";
    } catch (error) {
      last = ` (${errorMessage(error)})`;
    }
    await sleep(pollIntervalMs);
  }
  const tail = await options.logTail();
  throw new Error(
    `${what}: not after ${options.timeoutMs / 1000} s${last}; the end of the log:\n${tail}`,
  );
}
