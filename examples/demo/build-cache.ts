import {
  claimVolumes,
  claimsWithoutPod,
  nameOf,
  whoseIsWhose,
  whoseIsWhoseHeadings,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import { eachPodHasItsClaim, kubectl, mustHold, waitFor } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** The Deployment of examples/disk-cache.yaml, whose claims are followed from the first Pod to the last. */
export const manifest = "examples/disk-cache.yaml";
export const namespace = "disk-cache";
export const deployment = "deployment/build-cache";

/** No Pod is being created while the steps sweep, so that a claim without a Pod is one that nobody will use. */
export const noGrace: readonly string[] = [
  "--grace-period=0s",
  "--unsafe-grace-period",
];

export async function scaleTo(stage: Stage, replicas: number): Promise<void> {
  await kubectl(stage, [
    "scale",
    "-n",
    namespace,
    deployment,
    `--replicas=${replicas}`,
  ]);
}

/** Waits until the claims are those of `count` Pods and no others, each owned by its Pod. */
export function waitForNoOrphans(
  stage: Stage,
  count: number,
): Promise<PodsAndClaims> {
  const what = `${count === 1 ? "one claim" : `${count} claims`}, each owned by its Pod`;
  return waitFor(stage, namespace, what, (now) => {
    eachPodHasItsClaim(now, count);
    const orphans = claimsWithoutPod(now);
    mustHold(orphans.length === 0, `${orphans.length} claims without a Pod`);
    for (const pod of now.pods) {
      const own = claimVolumes(pod).map(({ claim }) => claim);
      const owned = now.claims
        .filter(({ metadata }) =>
          metadata?.ownerReferences?.some(
            ({ uid }) => uid === pod.metadata?.uid,
          ),
        )
        .map(nameOf);
      mustHold(
        owned.join() === own.join(),
        `Pod ${nameOf(pod)} owns ${owned.length} claims`,
      );
    }
  });
}

export function show({ screen }: Stage, found: PodsAndClaims): void {
  screen.table(whoseIsWhoseHeadings, whoseIsWhose(found));
}
