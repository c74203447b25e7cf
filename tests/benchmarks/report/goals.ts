import type { Comparison } from "../measure/comparison.ts";
import { figure } from "./numbers.ts";
import { markdownTable } from "./page-section.ts";
import { ratiosOf } from "./ratios.ts";
import type { Ratio, Target } from "./ratios.ts";

/** A goal and whether it is met, or nothing where there is none. */
export function targetText(
  target: Target | undefined,
  better: Comparison["better"],
  unit: string,
): string {
  if (!target) return "";
  const bound = better === "lower" ? "at most" : "at least";
  return `${bound} ${target.value}${unit}: ${target.met ? "met" : "not met"}`;
}

/** The goal of a ratio, and what the floor reaches where it is not met. `unit` follows each number. */
export function goalText(
  { floor, goal }: Ratio,
  better: Comparison["better"],
  unit: string,
): string {
  return [
    targetText(goal, better, unit),
    ...(floor ? [`${floor.name} has ${figure(floor.ratio)}${unit}`] : []),
  ].join("; ");
}

/** A row for each goal: what is compared, the ratio of the medians, and whether it is as it should be. Empty without goals. */
export function goalsTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap((comparison) =>
    ratiosOf(comparison)
      .filter(({ goal }) => goal !== undefined)
      .map((ratio) => [
        comparison.title,
        `${comparison.series[0]?.name} / ${ratio.against}`,
        figure(ratio.ratio),
        goalText(ratio, comparison.better, ""),
      ]),
  );
  return rows.length === 0
    ? ""
    : markdownTable(["", "medians", "ratio", "goal"], rows);
}
