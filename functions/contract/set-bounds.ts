import { formatDuration } from "./duration.ts";
import {
  TEMPLATE_MAX_AGE,
  TEMPLATE_MAX_USES,
  USES_ANNOTATION,
} from "./keys.ts";
import { countOf, durationMsOf } from "./life-cycle.ts";
import type { LifeCycle } from "./life-cycle.ts";

/** How old a set may become, and how often it may be handed out. */
export interface SetBounds {
  readonly maxAgeMs?: number;
  readonly maxUses?: number;
}

/** The bounds that the keys of a set give. A value that is not valid gives none. */
export function setBoundsOf(lifeCycle: LifeCycle): SetBounds {
  const maxAgeMs = durationMsOf(lifeCycle, TEMPLATE_MAX_AGE);
  const maxUses = countOf(lifeCycle, TEMPLATE_MAX_USES);
  return {
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(maxUses !== undefined && { maxUses }),
  };
}

/** How often a set was handed out, by the annotations of its first claim. A Pod that the API server rejected after that counts too. */
export function usesOf(
  annotations: Readonly<Record<string, string>> | undefined,
): number {
  return Number(annotations?.[USES_ANNOTATION] ?? 0) || 0;
}

/**
 * The bound that a set of this age, in milliseconds, and handed out so often is over: it is not handed out again, and it is deleted once
 * it is idle. `why` is the rest of a sentence that begins with the set.
 */
export function passedBound(
  { maxAgeMs, maxUses }: SetBounds,
  ageMs: number,
  uses: number,
):
  | { readonly reason: "max-age" | "max-uses"; readonly why: string }
  | undefined {
  if (maxAgeMs !== undefined && ageMs > maxAgeMs)
    return {
      reason: "max-age",
      why: `is ${formatDuration(ageMs)} old, max-age is ${formatDuration(maxAgeMs)}`,
    };
  if (maxUses !== undefined && uses >= maxUses)
    return {
      reason: "max-uses",
      why: `was handed out ${uses} times, max-uses is ${maxUses}`,
    };
  return undefined;
}
