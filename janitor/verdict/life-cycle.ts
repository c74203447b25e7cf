import { parseDuration } from "../../functions/kubernetes/duration.ts";
import {
  DEFAULT_RETENTION,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_RETENTION,
} from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import type { KeepReason } from "./reasons.ts";

const RETAIN = "Retain";
const KEEP = "Keep";
const RELEASE = "Release";

/** What is to become of a claim by its annotations. Without `stays` and `idleTtlMs` it goes when its Pod goes. */
export interface LifeCycle {
  /** Set when the claim stays whatever its Pods do. */
  readonly stays?: { readonly reason: KeepReason; readonly why: string };
  /** Set when it goes only after that many milliseconds without a Pod. */
  readonly idleTtlMs?: number;
  /** True when a Pod that has finished does not hold the claim. */
  readonly releasesFinishedPods: boolean;
}

/**
 * Reads the life cycle off the claim itself, which people change by kubectl, so that nothing that the function checked may be
 * taken for granted. What is unknown here may have been written by a newer version, or in haste: such a claim stays.
 */
export function lifeCycleOf({
  annotations,
}: Pick<ClaimMetadata, "annotations">): LifeCycle {
  const retention = annotations[TEMPLATE_RETENTION] ?? DEFAULT_RETENTION;
  const idleTtl = annotations[TEMPLATE_IDLE_TTL];
  const finishedPods = annotations[TEMPLATE_FINISHED_PODS] ?? KEEP;
  const releasesFinishedPods = finishedPods === RELEASE;
  const stay = (reason: KeepReason, why: string): LifeCycle => ({
    stays: { reason, why },
    releasesFinishedPods,
  });

  if (retention !== DEFAULT_RETENTION && retention !== RETAIN) {
    return stay(
      "unsupported-retention",
      `${given(TEMPLATE_RETENTION, retention)} is neither ${DEFAULT_RETENTION} nor ${RETAIN}, the retentions that this version knows`,
    );
  }
  const idleTtlMs = idleTtl === undefined ? undefined : durationOf(idleTtl);
  if (idleTtl !== undefined && idleTtlMs === undefined) {
    return stay(
      "unsupported-idle-ttl",
      `${given(TEMPLATE_IDLE_TTL, idleTtl)} is no duration greater than zero such as 36h or 7d`,
    );
  }
  if (finishedPods !== KEEP && finishedPods !== RELEASE) {
    return stay(
      "unsupported-finished-pods",
      `${given(TEMPLATE_FINISHED_PODS, finishedPods)} is neither ${KEEP} nor ${RELEASE}`,
    );
  }
  if (retention === DEFAULT_RETENTION) {
    if (idleTtl === undefined) return { releasesFinishedPods };
    return stay(
      "contradicting-life-cycle",
      `${given(TEMPLATE_IDLE_TTL, idleTtl)} asks to wait, which only ${TEMPLATE_RETENTION}: ${RETAIN} does, but its retention is ${DEFAULT_RETENTION}; remove the one or set the other`,
    );
  }
  return idleTtlMs === undefined
    ? stay(
        "retained",
        `${TEMPLATE_RETENTION}: ${RETAIN} without ${TEMPLATE_IDLE_TTL}, so it is never deleted here`,
      )
    : { idleTtlMs, releasesFinishedPods };
}

/** True when the claim has no reason to outlive its Pod, so that the garbage collector may delete it. */
export function goesWithItsPod(claim: ClaimMetadata): boolean {
  const { stays, idleTtlMs } = lifeCycleOf(claim);
  return stays === undefined && idleTtlMs === undefined;
}

/** Zero is none: who wrote it may have meant "at once" as well as "never". */
function durationOf(text: string): number | undefined {
  const milliseconds = parseDuration(text) ?? 0;
  return milliseconds > 0 && Number.isFinite(milliseconds)
    ? milliseconds
    : undefined;
}

function given(key: string, value: string): string {
  return `${key}: ${JSON.stringify(value)}`;
}
