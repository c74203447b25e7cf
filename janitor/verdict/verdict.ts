import { formatDuration } from "../../functions/contract/duration.ts";
import { isFinished } from "../../functions/contract/finished-pod.ts";
import { exemptionOf } from "./exemptions.ts";
import { isInSet } from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { NO_SETS } from "./claim-sets.ts";
import type { ClaimSets } from "./claim-sets.ts";
import { idleVerdict } from "./idle.ts";
import { lifeCycleOf } from "./life-cycle.ts";
import { describeClones, NO_CLONES } from "./pending-clones.ts";
import type { ClonesBySource } from "./pending-clones.ts";
import { describePods } from "./pod-uses-claim.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";
import { keep } from "./reasons.ts";
import type { Verdict } from "./reasons.ts";
import { memberVerdict } from "./set-verdict.ts";
import { protectedBy, stillExpected } from "./unused-claim.ts";
import type { VerdictContext } from "./unused-claim.ts";

/**
 * Judges a claim by itself, by `users`, which must hold every Pod of its namespace, by the clones that are
 * still to be made there, and by its set.
 * A claim in doubt is kept. The cheap questions come first. The mass-deletion guard judges after this.
 */
export function verdict(
  claim: ClaimMetadata,
  users: PodsByClaim,
  context: VerdictContext,
  clones: ClonesBySource = NO_CLONES,
  sets: ClaimSets = NO_SETS,
): Verdict {
  const { now } = context;
  const exemption = exemptionOf(claim);
  if (exemption) return exemption;
  const pods = users.get(claim.name) ?? [];
  if (claim.deletedAt !== undefined) {
    const since = `deletion requested ${formatDuration(now - claim.deletedAt)} ago`;
    if (pods.length > 0)
      return keep("terminating", `${since}; waiting for ${describePods(pods)}`);
    return keep(
      "terminating",
      `${since}; no Pod names it; waiting for ${list(claim.finalizers)}`,
    );
  }
  if (isInSet(claim))
    return memberVerdict(claim, { ...context, users, clones, sets });
  const { idleTtlMs, releasesFinishedPods } = lifeCycleOf(claim);
  const usedBy = releasesFinishedPods
    ? pods.filter((pod) => !isFinished(pod))
    : pods;
  if (usedBy.length > 0)
    return keep("in-use", `used by ${describePods(usedBy)}`);
  const copies = clones.get(claim.name);
  if (copies) {
    return keep(
      "source-of-clone",
      `the volume of ${describeClones(copies)} is still to be copied from it`,
    );
  }
  const unused =
    pods.length === 0
      ? "no Pod names it"
      : `named by finished ${describePods(pods)} only`;
  const expected = stillExpected(claim, unused, pods, context);
  if (expected) return expected;
  if (idleTtlMs !== undefined) {
    const idle = idleVerdict(claim, unused, { now, idleTtlMs });
    return idle.decision === "delete"
      ? { ...idle, why: `${idle.why}${protectedBy(pods)}` }
      : idle;
  }
  return {
    decision: "delete",
    reason: pods.length === 0 ? "unused" : "only-finished-pods",
    why: `${unused}, ${formatDuration(now - claim.createdAt)} old${protectedBy(pods)}`,
  };
}

function list(finalizers: readonly string[]): string {
  return finalizers.length === 0
    ? "the last finalizer"
    : `finalizer ${finalizers.join(", ")}`;
}
