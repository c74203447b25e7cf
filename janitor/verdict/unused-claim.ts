import type { V1Pod } from "@kubernetes/client-node";
import { formatDuration } from "../../functions/contract/duration.ts";
import { provisioningStarted } from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { adviceOn, originInDoubt } from "./origin-in-doubt.ts";
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

/** The verdict that keeps a claim that no Pod uses, when its Pod or its volume may still come. `unused` says that no Pod uses it. */
export function stillExpected(
  claim: ClaimMetadata,
  unused: string,
  pods: readonly V1Pod[],
  { now, gracePeriodMs }: VerdictContext,
): Verdict | undefined {
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
  return (
    doubt && keep(doubt.reason, `${unused}; ${doubt.why}. ${adviceOn(claim)}`)
  );
}

/**
 * Kubernetes removes a deleted claim only when no Pod object with a node names it any more, finished or not:
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
export function protectedBy(pods: readonly V1Pod[]): string {
  return pods.some(({ spec }) => spec?.nodeName)
    ? "; it stays Terminating, and its volume stays, until these Pods are deleted"
    : "";
}
