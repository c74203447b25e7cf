import type { ChildProcesses } from "../demo/child-processes.ts";
import { startSource } from "./source-process.ts";
import type { SourceProcess, SourceSettings } from "./source-process.ts";
import type { Switchboard } from "./switchboard.ts";

/** The function as its sources were when they last ran. */
export interface LatestFunction {
  /**
   * Starts the sources as they are now. Once they are ready, new calls go to them, and what answered before ends when it
   * has answered. Throws if they do not get there; what answered before then goes on.
   */
  renew(): Promise<void>;
  stop(): Promise<void>;
}

/** Nothing runs until the first `renew`. `onFailure` hears of a function that was ready and ended by itself. */
export function latestFunction(
  settings: SourceSettings,
  children: ChildProcesses,
  switchboard: Switchboard,
  onFailure: (error: Error) => void,
): LatestFunction {
  let current: SourceProcess | undefined;
  let before = Promise.resolve();

  /** Leaves it until its last admission is answered, which takes 30 s at most, and no longer holds up the next change. */
  const retire = (retired: SourceProcess): void => {
    before = Promise.all([before, retired.stop()]).then(() => undefined);
  };

  return {
    async renew() {
      const started = await startSource(settings, children);
      void started.failed.then(onFailure);
      switchboard.leadTo(started.port);
      if (current !== undefined) retire(current);
      current = started;
    },
    async stop() {
      if (current !== undefined) retire(current);
      current = undefined;
      await before;
    },
  };
}
