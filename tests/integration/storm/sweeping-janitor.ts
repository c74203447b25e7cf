import { join } from "node:path";
import { startProgram } from "../../support/program.ts";

const PROGRAM = join(import.meta.dirname, "sweeping-program.ts");

/** A janitor that sweeps without a pause, in a process of its own. */
export interface SweepingJanitor {
  /** Sweeps so far, without those that could list nothing. */
  readonly sweeps: () => number;
  /** Kills it. Throws when it had ended by itself. */
  readonly stop: () => Promise<void>;
}

/** Starts it against what `kubeconfig` leads to. */
export function startSweepingJanitor(
  kubeconfig: string,
  gracePeriodMs: number,
): SweepingJanitor {
  const { exited, process, stderr, stdout } = startProgram(PROGRAM, {
    env: { KUBECONFIG: kubeconfig, GRACE_MS: String(gracePeriodMs) },
  });
  return {
    sweeps: () =>
      stdout()
        .split("\n")
        .filter((line) => line === "swept").length,
    async stop() {
      if (process.exitCode !== null)
        throw new Error(
          `a janitor ended with ${process.exitCode}: ${stderr()}`,
        );
      process.kill("SIGKILL");
      await exited;
    },
  };
}
