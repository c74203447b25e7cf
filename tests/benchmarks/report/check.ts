import type { Comparison } from "../measure/comparison.ts";
import { figure } from "./numbers.ts";
import { limitOf, ratiosOf } from "./ratios.ts";

/** How much worse a ratio may be than in an earlier run. */
export const TOLERANCE = 0.25;

/** What came of the check. */
export interface Checked {
  /** Whether something could be compared, and nothing of it is worse. */
  readonly passed: boolean;
  /** A line for each ratio that is worse, and for each limit that is not met any more. */
  readonly worse: readonly string[];
  readonly summary: string;
}

/** A ratio or a limit of a run, beside the same one of an earlier run. */
interface Compared {
  readonly line: string;
  readonly worse: boolean;
}

/**
 * Compares a run with an earlier one: the ratios, because a slower machine slows down both sides, and the limits. What is measured for
 * the first time cannot be worse.
 */
export function checkAgainst(
  before: readonly Comparison[],
  now: readonly Comparison[],
): Checked {
  const earlier = new Map(before.map((each) => [each.id, each]));
  const compared = now.flatMap((comparison) => {
    const same = earlier.get(comparison.id);
    return same
      ? [
          ...comparedRatios(same, comparison),
          ...comparedLimit(same, comparison),
        ]
      : [];
  });
  const worse = compared.filter((each) => each.worse);
  const missing = missingFrom(now, before);
  return {
    passed: compared.length > 0 && worse.length === 0,
    worse: worse.map(({ line }) => line),
    summary:
      compared.length === 0
        ? "none of these figures is in results.json; nothing was compared"
        : `${compared.length} ratios and limits were compared with results.json; ${worse.length} of them are worse${missing === 0 ? "" : `; figures in results.json that were not measured now: ${missing}`}`,
  };
}

/** How many earlier figures of the benchmarks that ran have no new value, or lack one of what they are compared with. */
function missingFrom(
  now: readonly Comparison[],
  before: readonly Comparison[],
): number {
  const ran = new Set(now.map(benchmarkOf));
  const measured = new Map(now.map((each) => [each.id, each]));
  return before.filter((earlier) => {
    if (!ran.has(benchmarkOf(earlier))) return false;
    const names = measured.get(earlier.id)?.series.map(({ name }) => name);
    return !earlier.series.every(({ name }) => names?.includes(name) === true);
  }).length;
}

function benchmarkOf({ id }: Comparison): string {
  return id.split("/")[0] ?? "";
}

function comparedRatios(before: Comparison, now: Comparison): Compared[] {
  const earlier = new Map(
    ratiosOf(before).map(({ against, ratio }) => [against, ratio]),
  );
  return ratiosOf(now).flatMap(({ against, ratio }) => {
    const old = earlier.get(against);
    if (old === undefined) return [];
    const line = `${now.title}: ${figure(ratio)} times ${against}, and ${figure(old)} times in results.json`;
    return [{ line, worse: isWorse(now.better, old, ratio) }];
  });
}

function comparedLimit(before: Comparison, now: Comparison): Compared[] {
  const [old, limit] = [limitOf(before), limitOf(now)];
  if (!old || !limit) return [];
  const line = `${now.title}: the limit of ${limit.value} ${now.unit} is not met any more`;
  return [{ line, worse: old.met && !limit.met }];
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
