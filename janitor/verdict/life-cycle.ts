import {
  RETAIN,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_RETENTION,
} from "../../functions/contract/keys.ts";
import {
  goesWithPod,
  idleTtlMsOf,
  isReused,
  LIFE_CYCLE_KEYS,
  lifeCycleContradictions,
  lifeCycleIn,
  lifeCycleProblem,
  releasesFinishedPods,
} from "../../functions/contract/life-cycle.ts";
import { quoted } from "../../functions/contract/printable.ts";
import { isInSet } from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import type { KeepReason } from "./reasons.ts";

/** What the annotations of a claim say. Without `stays` and `idleTtlMs` it is deleted with its Pod, or never when it is reused. */
export interface ClaimLifeCycle {
  /** Set when the claim stays whatever its Pods do. */
  readonly stays?: { readonly reason: KeepReason; readonly why: string };
  /** Set when it is deleted only after that many milliseconds without a Pod. */
  readonly idleTtlMs?: number;
  /** True when a Pod that has finished does not use the claim any more. */
  readonly releasesFinishedPods: boolean;
}

/** The reason to keep a claim when the value of a key is unknown, for keys that count without `Reuse`, too. */
const UNSUPPORTED: Readonly<Record<string, KeepReason>> = {
  [TEMPLATE_RETENTION]: "unsupported-retention",
  [TEMPLATE_IDLE_TTL]: "unsupported-idle-ttl",
  [TEMPLATE_FINISHED_PODS]: "unsupported-finished-pods",
};

/**
 * Reads the life cycle off the claim itself. People change it by kubectl, so the values may differ from those that the function
 * checked. A claim with an unknown value stays: a newer version may have written it.
 */
export function lifeCycleOf({
  annotations,
}: Pick<ClaimMetadata, "annotations">): ClaimLifeCycle {
  const lifeCycle = lifeCycleIn(annotations);
  const releases = { releasesFinishedPods: releasesFinishedPods(lifeCycle) };
  const stay = (reason: KeepReason, why: string): ClaimLifeCycle => ({
    stays: { reason, why },
    ...releases,
  });
  /** A message about a key begins with the key and its value. */
  const about = (key: string, detail: string): string =>
    `${key}: ${quoted(lifeCycle[key])} ${detail}`;

  for (const key of LIFE_CYCLE_KEYS) {
    const { [key]: value } = lifeCycle;
    const problem =
      value === undefined ? undefined : lifeCycleProblem(key, value);
    if (problem !== undefined)
      return stay(UNSUPPORTED[key] ?? "unsupported-reuse", about(key, problem));
  }
  const [contradiction] = lifeCycleContradictions(lifeCycle);
  if (contradiction !== undefined)
    return stay("contradicting-life-cycle", about(...contradiction));
  if (goesWithPod(lifeCycle)) return releases;
  const idleTtlMs = idleTtlMsOf(lifeCycle);
  if (isReused(lifeCycle))
    return { ...(idleTtlMs !== undefined && { idleTtlMs }), ...releases };
  return idleTtlMs === undefined
    ? stay(
        "retained",
        `${TEMPLATE_RETENTION}: ${RETAIN} without ${TEMPLATE_IDLE_TTL}, so it is never deleted here`,
      )
    : { idleTtlMs, ...releases };
}

/** True when the claim has no reason to outlive its Pod, so that the garbage collector may delete it. */
export function goesWithItsPod(claim: ClaimMetadata): boolean {
  const { stays, idleTtlMs } = lifeCycleOf(claim);
  return !isInSet(claim) && stays === undefined && idleTtlMs === undefined;
}
