import path from "node:path";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { ResidentProgram } from "./resident-program.ts";
import type { Way } from "./ways.ts";
import { createWorkload } from "./workload.ts";

/** What others have made, installed in a control plane. */
export interface Peer {
  /** Starts its programs, and waits until they do what they are there for. */
  readonly start: () => Promise<RunningPeer>;
}

export interface RunningPeer {
  readonly programs: readonly ResidentProgram[];
  /** Ends the programs, and takes their webhooks away. */
  readonly stop: () => Promise<void>;
}

/** How a peer starts and ends. */
export interface PeerProgram {
  /** The way whose Pod it must start before it counts as started. */
  readonly way: Way;
  /** Starts its programs, and gives each to `started` as soon as it runs. */
  readonly startPrograms: (
    started: (program: ResidentProgram) => void,
  ) => Promise<void>;
  /** Otherwise the API server would go on calling what does not run. */
  readonly removeWebhooks: () => Promise<void>;
}

/** A peer that starts when a workload of its way has got a Pod, and leaves nothing running when that fails. */
export function peerOf(
  controlPlane: ControlPlane,
  { removeWebhooks, startPrograms, way }: PeerProgram,
): Peer {
  let probes = 0;
  return {
    async start() {
      const programs: ResidentProgram[] = [];
      const stop = async (): Promise<void> => {
        for (const program of programs) await program.stop();
        await removeWebhooks();
      };
      try {
        await startPrograms((program) => programs.push(program));
        const probe = await createWorkload(
          controlPlane,
          `probe-${way.kind.toLowerCase()}-${(probes += 1)}`,
          way,
        );
        await probe.start(1);
        await probe.remove();
        return { programs, stop };
      } catch (error) {
        await stop();
        throw error;
      }
    },
  };
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
