import path from "node:path";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { ResidentProgram } from "./resident-program.ts";
import type { Way } from "./ways.ts";
import { createWorkload } from "./workload.ts";

/** Installs what others have made in a control plane, and starts it there. */
export type StartPeer = (controlPlane: ControlPlane) => Promise<RunningPeer>;

export interface RunningPeer {
  readonly programs: readonly ResidentProgram[];
  /** Ends the programs. Their webhooks stay, and nobody answers them. */
  readonly stop: () => Promise<void>;
}

/**
 * A peer whose programs run, and do what they are there for: a workload of its way has got a Pod. Leaves nothing running when that fails.
 * `startPrograms` gives each program to `started` as soon as it runs.
 */
export async function runningPeer(
  controlPlane: ControlPlane,
  way: Way,
  startPrograms: (started: (program: ResidentProgram) => void) => Promise<void>,
): Promise<RunningPeer> {
  const programs: ResidentProgram[] = [];
  const stop = async (): Promise<void> => {
    for (const program of programs) await program.stop();
  };
  try {
    await startPrograms((program) => programs.push(program));
    const probe = await createWorkload(
      controlPlane,
      `probe-${way.kind.toLowerCase()}`,
      way,
    );
    await probe.start(1);
    await probe.remove();
    return { programs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Why a run goes without a peer. */
export function notBuilt(name: string, build: string): string {
  return `${name} is not built; ${path.relative(process.cwd(), build)} builds it, once`;
}

/** Where the recipe of a peer has put what it made; undefined if it did not run. */
export async function builtDirectory(
  build: string,
): Promise<string | undefined> {
  const { exitCode, stdout } = await runProgram(build, ["--is-made"]);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Applies the files that are named, or the objects of the input. */
export async function apply(
  controlPlane: ControlPlane,
  args: readonly string[],
  input = "",
): Promise<true> {
  const { exitCode, stderr } = await controlPlane.kubectl(
    ["apply", "--server-side", "--force-conflicts", ...args],
    { input },
  );
  if (exitCode !== 0) throw new Error(stderr);
  return true;
}
