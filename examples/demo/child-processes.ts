import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { startReaper } from "../../tests/control-plane/reaper.ts";

/** A program whose output is read here. */
export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Starts programs of this project as processes that end with this one, in whatever way it ends. */
export interface ChildProcesses {
  /** Runs a file with this Node and with exactly these environment variables. */
  start(
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Child;
  /** Kills what still runs. */
  end(): Promise<void>;
}

export function createChildProcesses(): ChildProcesses {
  const reaper = startReaper([]);
  return {
    start(file, args, env) {
      const child = spawn(process.execPath, [file, ...args], {
        // A group of its own: Ctrl-C at a terminal is for this process, which ends the others in good order.
        detached: true,
        env: { PATH: process.env["PATH"], ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const group = child.pid;
      if (group !== undefined) {
        reaper.watch(group);
        child.on("exit", () => reaper.forget(group));
      }
      return child;
    },
    end: () => reaper.end(),
  };
}
