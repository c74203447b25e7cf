import type { V1Pod } from "@kubernetes/client-node";
import { errorMessage } from "../../functions/kubernetes/error-message.ts";
import { adoptionNow } from "../verdict/owner-references.ts";
import type { OwnerChange } from "../verdict/owner-references.ts";
import { isTransient, pauseAfter } from "../../functions/kubernetes/retry.ts";
import type { Judged, WrittenChanges } from "./claim-changes.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { forEachLimited } from "../cluster/concurrency.ts";
import type { WriteOutcome } from "../cluster/conditional-write.ts";
import type { Outcome } from "./outcome.ts";
import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { Run } from "./sweep-context.ts";

/** Tries of one adoption, each after a new look. What fails three times is left for the next run. */
const MAX_TRIES = 3;

/** Adoptions that rest on one look, at least: with the usual concurrency they are through in a fraction of a second. */
const MIN_BATCH = 50;

/**
 * In a large namespace a look itself takes long: so many Pods are listed in about the time of one adoption (0.2 ms to 2 ms,
 * measured with 5,000 Pods), so that no more time goes into looks than into adoptions, and no look is older than that.
 */
const PODS_PER_ADOPTION = 10;

interface Candidate {
  readonly judged: Judged;
  readonly tries: number;
}

/**
 * Makes Pods the owners of the claims of one namespace that lack them by the `first` look. The garbage collector deletes a
 * claim a few hundredths of a second after it got an owner that is gone, no matter which other Pod names it; so the Pods are
 * looked at again in batches, and a claim gets only new owners that are there then.
 *
 * What no look can close: between it and the patch a Pod goes that its kubelet does not hold, since it has finished or is
 * deleted by force, and another that names the same claim by hand comes. It is the same as if that happened after the patch:
 * until the next sweep makes the other Pod an owner too, the claim goes with the first one. To look once more after the patch
 * would come too late: the garbage collector is as quick.
 */
export async function adoptUsed(
  namespace: string,
  adoptions: readonly Judged[],
  first: PodsByClaim,
  run: Run,
): Promise<WrittenChanges> {
  const outcomes = new Map<string, Outcome>();
  const errors: unknown[] = [];
  // A right that is missing for one claim is missing for all of the namespace.
  const stopped = (): boolean =>
    run.signal.aborted || errors.some((error) => !isTransient(error));
  let queue: readonly Candidate[] = adoptions.map((judged) => ({
    judged,
    tries: 0,
  }));
  while (queue.length > 0 && !stopped()) {
    let pods: readonly V1Pod[];
    try {
      pods = await run.cluster.listPods(namespace);
    } catch (error) {
      errors.push(error);
      break;
    }
    const now = podsByClaim(pods);
    const size = Math.max(MIN_BATCH, pods.length / PODS_PER_ADOPTION);
    const batch = queue.slice(0, size);
    const again: Candidate[] = [];
    let pauseMs = 0;
    await forEachLimited(
      batch,
      run.options.concurrency,
      async ({ judged, tries }) => {
        if (stopped()) return;
        const owners = adoptionNow(judged.claim, first, now);
        try {
          const written = owners && (await adopt(judged.claim, owners, run));
          if (written === "done")
            outcomes.set(judged.claim.uid, { ...judged, owners: "adopt" });
        } catch (error) {
          if (isTransient(error) && tries + 1 < MAX_TRIES) {
            again.push({ judged, tries: tries + 1 });
            pauseMs = Math.max(pauseMs, pauseAfter(tries + 1, error));
          } else errors.push(error);
        }
      },
    );
    queue = [...again, ...queue.slice(batch.length)];
    if (again.length > 0) await run.sleep(pauseMs).catch(() => undefined);
  }
  if (errors.length === 0 || run.signal.aborted) return { outcomes };
  return {
    outcomes,
    failure: `cannot set owners of claims: ${errorMessage(errors[0])}`,
  };
}

/** In a dry run nothing is written, and everything is done. */
async function adopt(
  claim: ClaimMetadata,
  { ownerReferences }: OwnerChange,
  run: Run,
): Promise<WriteOutcome> {
  return run.options.dryRun
    ? "done"
    : await run.cluster.adoptClaim(claim, ownerReferences);
}
