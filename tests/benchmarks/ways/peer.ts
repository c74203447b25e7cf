import type { ControlPlane } from "../../control-plane/control-plane.ts";
import type { ResidentProgram } from "./resident-program.ts";
import type { Way } from "./ways.ts";
import { createWorkload } from "./workload.ts";

/** A product that the benchmarks compare with. */
export interface Peer {
  readonly name: string;
  readonly way: Way;
  /** The script that compiles it. With --is-made it only prints the directory of its programs. */
  readonly build: string;
  /** Installs it in a control plane, and starts its programs, which are in the directory. */
  readonly start: (
    controlPlane: ControlPlane,
    directory: string,
  ) => Promise<RunningPeer>;
}

export interface RunningPeer {
  readonly programs: readonly ResidentProgram[];
  /** Ends the programs. Their webhooks stay, and nobody answers them. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the programs of a peer, and waits until a workload of its way has got a Pod. Leaves nothing running when that fails.
 * `startPrograms` gives each program to `started` as soon as it runs.
 */
export async function startPeerPrograms(
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
