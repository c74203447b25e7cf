import type { Comparison } from "../measure/comparison.ts";
import { ratiosOf } from "./ratios.ts";

/** How much worse a ratio may be than in an earlier run. */
export const TOLERANCE = 0.25;

/** A ratio that is worse than before. */
export interface FallenBack {
  readonly title: string;
  readonly against: string;
  readonly before: number;
  readonly now: number;
}

/**
 * The ratios of `now` that are worse than those of `before` by more than the tolerance. Ratios, because a slower machine slows down
 * both sides. What is measured for the first time cannot fall back.
 */
export function fallenBack(
  before: readonly Comparison[],
  now: readonly Comparison[],
): FallenBack[] {
  const earlier = new Map(before.map((each) => [each.id, each]));
  return now.flatMap((comparison) => {
    const same = earlier.get(comparison.id);
    if (!same) return [];
    const ratios = new Map(
      ratiosOf(same).map(({ against, ratio }) => [against, ratio]),
    );
    return ratiosOf(comparison).flatMap(({ against, ratio }) => {
      const old = ratios.get(against);
      if (old === undefined || !isWorse(comparison.better, old, ratio))
        return [];
      return [{ title: comparison.title, against, before: old, now: ratio }];
    });
  });
}

function isWorse(
  better: Comparison["better"],
  before: number,
  now: number,
): boolean {
  return better === "lower"
    ? now > before * (1 + TOLERANCE)
    : now < before / (1 + TOLERANCE);
}
