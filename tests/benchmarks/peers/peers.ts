import type { BenchmarkRun } from "../measure/comparison.ts";
import { CLONE_SET, KYVERNO } from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";
import { findKyverno, whyNoKyverno } from "./kyverno/kyverno.ts";
import { findOpenKruise, whyNoOpenKruise } from "./openkruise/openkruise.ts";
import type { StartPeer } from "../ways/peer.ts";

/** The peers by their ways. One that is not built is undefined. */
export type Peers = ReadonlyMap<Way, StartPeer | undefined>;

/** Finds the peers that are built, and says which are not. */
export async function findPeers(
  progress: BenchmarkRun["progress"],
): Promise<Peers> {
  const kyverno = await findKyverno();
  if (!kyverno) progress(`not measured: ${whyNoKyverno}`);
  const openKruise = await findOpenKruise();
  if (!openKruise) progress(`not measured: ${whyNoOpenKruise}`);
  return new Map([
    [KYVERNO, kyverno],
    [CLONE_SET, openKruise],
  ]);
}
