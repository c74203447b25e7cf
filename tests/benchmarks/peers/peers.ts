import path from "node:path";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import type { BenchmarkRun } from "../measure/comparison.ts";
import type { RunningPeer } from "../ways/peer.ts";
import type { Way } from "../ways/ways.ts";
import { kyverno } from "./kyverno/kyverno.ts";
import { openKruise } from "./openkruise/openkruise.ts";

/** Installs a peer in a control plane, and starts it there. */
export type StartPeer = (controlPlane: ControlPlane) => Promise<RunningPeer>;

/** The peers, by their ways. */
export interface Peers {
  readonly built: ReadonlyMap<Way, StartPeer>;
  readonly missing: ReadonlySet<Way>;
}

/** Finds the peers that are built, and says which are not. */
export async function findPeers(
  progress: BenchmarkRun["progress"],
): Promise<Peers> {
  const built = new Map<Way, StartPeer>();
  const missing = new Set<Way>();
  for (const { build, name, start, way } of [kyverno, openKruise]) {
    const { exitCode, stdout } = await runProgram(build, ["--is-made"]);
    if (exitCode === 0)
      built.set(way, (controlPlane) => start(controlPlane, stdout.trim()));
    else {
      missing.add(way);
      progress(
        `not measured: ${name} is not built; ${path.relative(process.cwd(), build)} builds it, once`,
      );
    }
  }
  return { built, missing };
}
