import { formatDuration } from "../functions/duration.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  TEMPLATE_RETENTION,
  carriesMarker,
} from "../functions/well-known.ts";
import {
  foreignOwner,
  heldBy,
  isOurs,
  otherRetention,
  provisioningStarted,
} from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { describePods } from "./pod-uses-claim.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";

/**
 * Deleting a claim whose volume is just being made can leave the disk behind: the provisioner finishes a volume for a
 * claim that is gone. Drivers give up on one attempt after minutes; an hour covers several with their back-off.
 */
export const PROVISIONING_GRACE_MS = 3_600_000;

/** Why a claim stays. */
export type KeepReason =
  | "not-ours"
  | "terminating"
  | "foreign-controller"
  | "held"
  | "unsupported-retention"
  | "in-use"
  | "younger-than-grace"
  | "provisioning"
  | "marked-just-now";

/** What to do with a claim, why in one word for machines, and why in a sentence for people. */
export type Verdict =
  | {
      readonly decision: "keep";
      readonly reason: KeepReason;
      readonly why: string;
    }
  | {
      readonly decision: "mark";
      readonly reason: "bulk-first-run";
      readonly why: string;
    }
  | {
      readonly decision: "delete";
      readonly reason: "unused";
      readonly why: string;
    };

/** By what a claim is judged, besides itself and the Pods. */
export interface VerdictContext {
  /** The API server's clock when the first list was taken, in milliseconds: never a clock of ours. */
  readonly now: number;
  readonly gracePeriodMs: number;
}

/**
 * Judges a claim by itself and by `users`, which must hold every Pod of its namespace that there is.
 * Whatever is in doubt is kept. The cheap questions come first; the bulk rule has a say after this.
 */
export function verdict(
  claim: ClaimMetadata,
  users: PodsByClaim,
  { now, gracePeriodMs }: VerdictContext,
): Verdict {
  const alone = verdictOfClaimAlone(claim);
  if (alone) return alone;
  const pods = users.get(claim.name) ?? [];
  if (claim.deletedAt !== undefined) {
    const since = `asked to go ${formatDuration(now - claim.deletedAt)} ago`;
    if (pods.length > 0)
      return keep("terminating", `${since}, waits for ${describePods(pods)}`);
    return keep(
      "terminating",
      `${since}, no Pod names it; waits for whoever set ${list(claim.finalizers)}`,
    );
  }
  if (pods.length > 0) return keep("in-use", `used by ${describePods(pods)}`);
  const age = now - claim.createdAt;
  if (age < gracePeriodMs) {
    return keep(
      "younger-than-grace",
      `no Pod names it, but its Pod may be on its way: ${formatDuration(age)} old, grace period ${formatDuration(gracePeriodMs)}`,
    );
  }
  const provisioning = provisioningStarted(claim);
  const quiet = now - claim.changedAt;
  const provisioningGraceMs = Math.max(gracePeriodMs, PROVISIONING_GRACE_MS);
  if (provisioning && quiet < provisioningGraceMs) {
    return keep(
      "provisioning",
      `no Pod names it, but its volume is being made (${provisioning}), last change ${formatDuration(quiet)} ago: waits ${formatDuration(provisioningGraceMs)}`,
    );
  }
  return {
    decision: "delete",
    reason: "unused",
    why: `no Pod names it, ${formatDuration(age)} old`,
  };
}

/** The verdict that no Pod can change, if there is one: such claims need no list of Pods. */
export function verdictOfClaimAlone(claim: ClaimMetadata): Verdict | undefined {
  if (!isOurs(claim)) {
    return keep(
      "not-ours",
      carriesMarker(claim.labels)
        ? "labelled like ours, but its name is not what the function makes of its volume and request"
        : `not labelled ${MANAGED_LABEL}=${MANAGED_VALUE},${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`,
    );
  }
  const owner = foreignOwner(claim);
  if (owner) {
    return keep(
      "foreign-controller",
      `belongs to ${owner.kind} ${owner.name}, which decides about it`,
    );
  }
  if (claim.deletedAt !== undefined) return undefined;
  const held = heldBy(claim);
  if (held) return keep("held", `held by its ${held}`);
  const retention = otherRetention(claim);
  if (retention !== undefined) {
    return keep(
      "unsupported-retention",
      `${TEMPLATE_RETENTION}: ${JSON.stringify(retention)} is not Delete, the one retention that this version knows`,
    );
  }
  return undefined;
}

/** Makes a verdict that keeps the claim. */
export function keep(reason: KeepReason, why: string): Verdict {
  return { decision: "keep", reason, why };
}

function list(finalizers: readonly string[]): string {
  return finalizers.length === 0
    ? "the last finalizer"
    : `finalizer ${finalizers.join(", ")}`;
}
