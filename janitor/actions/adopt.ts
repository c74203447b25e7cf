import type { V1Pod } from "@kubernetes/client-node";
import { errorMessage } from "../../functions/contract/error-message.ts";
import { confirmedAdoption } from "../verdict/owner-references.ts";
import type { OwnerReferenceChange } from "../verdict/owner-references.ts";
import {
  isTransient,
  JANITOR_RETRY,
} from "../../functions/kubernetes/retry.ts";
import type { Judged, WrittenChanges } from "./claim-changes.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { expectYoung, LIST_LIFE_MS } from "./fresh-pods.ts";
import { FailedCandidates } from "./failed-candidates.ts";
import type { ListPods } from "./pod-lists.ts";
import { forEachLimited } from "../cluster/concurrency.ts";
import type { WriteOutcome } from "../cluster/conditional-write.ts";
import type { Outcome } from "./outcome.ts";
import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { SweepContext } from "./sweep-context.ts";

/** Adoptions per list of Pods, at least: with the usual concurrency they take a fraction of a second. */
const MIN_BATCH = 50;

/**
 * In a large namespace a list of Pods takes long. The API server lists this many Pods in about the time of one adoption (0.2 ms to
 * 2 ms, measured with 5,000 Pods). So the lists take no more time than the adoptions.
 */
const PODS_PER_ADOPTION = 10;

/** Adoptions that have not begun this long after a list came wait for a new list: the Pods may have changed. */
const LONGEST_BATCH_MS = 5_000;

interface Adoption {
  readonly judged: Judged;
  readonly tries: number;
}

/**
 * Sets Pods as owners of the claims of one namespace that lack them by the `first` list of Pods. The garbage collector deletes a
 * claim a few hundredths of a second after it got an owner that is gone, no matter which other Pod names it. So the Pods are
 * listed again for each batch, and a claim gets only new owners that this list still has.
 *
 * A gap remains between the list and the patch: a Pod that its kubelet does not hold, since it has finished or is deleted by
 * force, can go, and another Pod that names the same claim by hand can come. The same can happen after the patch: until the next
 * sweep sets the other Pod as an owner too, the claim goes with the first one. Another list after the patch would not help: the
 * garbage collector is as fast.
 */
export async function adopt(
  listPods: ListPods,
  adoptions: readonly Judged[],
  first: PodsByClaim,
  sweep: SweepContext,
): Promise<WrittenChanges> {
  const outcomes = new Map<string, Outcome>();
  const errors: unknown[] = [];
  // A right that is missing for one claim is missing for all of the namespace.
  const stopped = (): boolean =>
    sweep.signal.aborted ||
    errors.some((error) => !isTransient(error, JANITOR_RETRY));
  let queue: readonly Adoption[] = adoptions.map((judged) => ({
    judged,
    tries: 0,
  }));
  while (queue.length > 0 && !stopped()) {
    let pods: readonly V1Pod[];
    try {
      const notOlderThan = await sweep.cluster.recentState("pods", {
        maxAgeMs: LIST_LIFE_MS,
      });
      pods = await listPods({ notOlderThan });
      expectYoung("Pods", sweep.clock() - notOlderThan.asOf);
    } catch (error) {
      errors.push(error);
      break;
    }
    const batchEndsAt = sweep.clock() + LONGEST_BATCH_MS;
    const now = podsByClaim(pods);
    const late: Adoption[] = [];
    const size = Math.max(MIN_BATCH, pods.length / PODS_PER_ADOPTION);
    const batch = queue.slice(0, size);
    const failed = new FailedCandidates<Adoption>();
    await forEachLimited(batch, sweep.options.concurrency, async (adoption) => {
      if (stopped()) return;
      if (sweep.clock() > batchEndsAt) {
        late.push(adoption);
        return;
      }
      const { judged, tries } = adoption;
      const owners = confirmedAdoption(judged.claim, first, now);
      try {
        const written =
          owners && (await setOwners(judged.claim, owners, sweep));
        if (written === "done")
          outcomes.set(judged.claim.uid, { ...judged, owners: "adopt" });
      } catch (error) {
        if (!failed.take({ judged, tries: tries + 1 }, error))
          errors.push(error);
      }
    });
    queue = [...failed.again, ...late, ...queue.slice(batch.length)];
    if (failed.again.length > 0) await failed.pause(sweep.sleep);
  }
  if (errors.length === 0 || sweep.signal.aborted) return { outcomes };
  return {
    outcomes,
    failure: `cannot set owners of claims: ${errorMessage(errors[0])}`,
  };
}

/** A dry run writes nothing and counts as done. */
async function setOwners(
  claim: ClaimMetadata,
  { ownerReferences }: OwnerReferenceChange,
  sweep: SweepContext,
): Promise<WriteOutcome> {
  return sweep.options.dryRun
    ? "done"
    : await sweep.cluster.adoptClaim(claim, ownerReferences);
}
