import type { ChildProcess } from "node:child_process";

/** A program that runs all the time, and can be down for a while. */
export interface ResidentProgram {
  readonly name: string;
  readonly pid: () => number;
  readonly stop: () => Promise<void>;
  /** Starts it with the same settings, and waits until it is up. */
  readonly startAgain: () => Promise<void>;
}

interface Started {
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
}

/** Starts it, and waits until `isUp`. */
export async function startResident<T extends Started>(
  name: string,
  start: () => T,
  isUp: (started: T) => Promise<unknown>,
): Promise<ResidentProgram> {
  let started = start();
  const stop = async (): Promise<void> => {
    started.process.kill("SIGTERM");
    await started.exited;
  };
  await isUp(started).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    name,
    pid: () => started.process.pid ?? 0,
    stop,
    async startAgain() {
      started = start();
      await isUp(started);
    },
  };
}
