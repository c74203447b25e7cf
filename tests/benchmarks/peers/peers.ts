import type { ControlPlane } from "../../control-plane/control-plane.ts";
import type { BenchmarkRun } from "../measure/comparison.ts";
import { CLONE_SET, KYVERNO } from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";
import { installKyverno, whyNoKyverno } from "./kyverno/kyverno.ts";
import { installOpenKruise, whyNoOpenKruise } from "./openkruise/openkruise.ts";
import type { Peer } from "../ways/peer.ts";

/** The peers by their ways. One that is not built is undefined. */
export type Peers = ReadonlyMap<Way, Peer | undefined>;

/** Installs the peers that are built, and says which are not. */
export async function installPeers(
  controlPlane: ControlPlane,
  progress: BenchmarkRun["progress"],
): Promise<Peers> {
  const kyverno = await installKyverno(controlPlane);
  if (!kyverno) progress(`not measured: ${whyNoKyverno}`);
  const openKruise = await installOpenKruise(controlPlane);
  if (!openKruise) progress(`not measured: ${whyNoOpenKruise}`);
  return new Map([
    [KYVERNO, kyverno],
    [CLONE_SET, openKruise],
  ]);
}
