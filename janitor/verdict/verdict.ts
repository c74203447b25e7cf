import type { V1Pod } from "@kubernetes/client-node";
import { formatDuration } from "../../functions/contract/duration.ts";
import { exemptionOf } from "./exemptions.ts";
import { provisioningStarted } from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { isFinished } from "./finished-pod.ts";
import { idleVerdict } from "./idle.ts";
import { lifeCycleOf } from "./life-cycle.ts";
import { adviceOn, originInDoubt } from "./origin-in-doubt.ts";
import { describeClones, NO_CLONES } from "./pending-clones.ts";
import type { ClonesBySource } from "./pending-clones.ts";
import { describePods } from "./pod-uses-claim.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";
import { keep } from "./reasons.ts";
import type { Verdict } from "./reasons.ts";

/**
 * Deleting a claim whose volume is just being made can leave the disk behind: the provisioner finishes a volume for a
 * claim that is gone. Drivers give up on one attempt after minutes; an hour covers several with their back-off.
 */
export const PROVISIONING_GRACE_MS = 3_600_000;

/** What a claim is judged by, besides itself and the Pods. */
export interface VerdictContext {
  /** The API server's clock when the first list was taken, in milliseconds; never the clock of this machine. */
  readonly now: number;
  readonly gracePeriodMs: number;
}

/**
 * Judges a claim by itself, by `users`, which must hold every Pod of its namespace, and by the clones that are
 * still to be made there.
 * A claim in doubt is kept. The cheap questions come first. The mass-deletion guard judges after this.
 */
export function verdict(
  claim: ClaimMetadata,
  users: PodsByClaim,
  { now, gracePeriodMs }: VerdictContext,
  clones: ClonesBySource = NO_CLONES,
): Verdict {
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
  const { idleTtlMs, releasesFinishedPods } = lifeCycleOf(claim);
  const holders = releasesFinishedPods
    ? pods.filter((pod) => !isFinished(pod))
    : pods;
  if (holders.length > 0)
    return keep("in-use", `used by ${describePods(holders)}`);
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
  const age = now - claim.createdAt;
  if (age < gracePeriodMs) {
    return keep(
      "younger-than-grace",
      `${unused}${pods.length === 0 ? ", but its Pod may be on its way" : ""}: ${formatDuration(age)} old, grace period ${formatDuration(gracePeriodMs)}`,
    );
  }
  const provisioning = provisioningStarted(claim);
  const quiet = now - claim.changedAt;
  const provisioningGraceMs = Math.max(gracePeriodMs, PROVISIONING_GRACE_MS);
  if (provisioning && quiet < provisioningGraceMs) {
    return keep(
      "provisioning",
      `${unused}, but its volume is being made (${provisioning}), last change ${formatDuration(quiet)} ago: waits ${formatDuration(provisioningGraceMs)}`,
    );
  }
  const doubt = originInDoubt(claim);
  if (doubt)
    return keep(doubt.reason, `${unused}; ${doubt.why}. ${adviceOn(claim)}`);
  if (idleTtlMs !== undefined) {
    const idle = idleVerdict(claim, unused, { now, idleTtlMs });
    return idle.decision === "delete"
      ? { ...idle, why: `${idle.why}${protectedBy(pods)}` }
      : idle;
  }
  return {
    decision: "delete",
    reason: pods.length === 0 ? "unused" : "only-finished-pods",
    why: `${unused}, ${formatDuration(age)} old${protectedBy(pods)}`,
  };
}

/**
 * Kubernetes removes a deleted claim only when no Pod object with a node names it any more, finished or not:
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
function protectedBy(pods: readonly V1Pod[]): string {
  return pods.some(({ spec }) => spec?.nodeName)
    ? "; it stays Terminating, and its volume stays, until these Pods are deleted"
    : "";
}

function list(finalizers: readonly string[]): string {
  return finalizers.length === 0
    ? "the last finalizer"
    : `finalizer ${finalizers.join(", ")}`;
}
