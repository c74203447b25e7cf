import { TEMPLATE_IDLE_TTL } from "../contract/keys.ts";
import { goesWithPod, idleTtlContradiction } from "../contract/life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";

/** What holds for one volume: the Pod's life cycle, overridden key by key by the template's own. */
export function mergeLifeCycles(pod: LifeCycle, own: LifeCycle): LifeCycle {
  const merged = { ...pod, ...own };
  // The Pod's idle-ttl is for its retained volumes only.
  if (goesWithPod(merged) && own[TEMPLATE_IDLE_TTL] === undefined)
    delete merged[TEMPLATE_IDLE_TTL];
  return merged;
}

/** What is wrong with an idle-ttl of the Pod that holds for none of its volumes; `own` are their own life cycles. */
export function idleTtlOfPodContradiction(
  pod: LifeCycle,
  own: readonly LifeCycle[],
): string | undefined {
  return own.every((one) => goesWithPod({ ...pod, ...one }))
    ? idleTtlContradiction(pod)
    : undefined;
}
