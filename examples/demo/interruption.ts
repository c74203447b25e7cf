import { constants } from "node:os";

/** Ctrl-C, what a service manager sends, and a terminal that was closed. */
const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Name = (typeof names)[number];

/** A signal that asks the demonstration to end. */
export interface Interruption {
  /** Aborted when the first one came. */
  readonly signal: AbortSignal;
  /** Resolves with the exit code that a shell expects of a program ended by the signal that came. */
  readonly came: Promise<number>;
}

/** Takes signals from now on; the second one of a kind ends this process at once, as it does by default. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const came = new Promise<number>((resolve) => {
    const take = (name: Name): void => {
      resolve(128 + constants.signals[name]);
      controller.abort();
    };
    for (const name of names) process.once(name, take);
  });
  return { signal: controller.signal, came };
}
