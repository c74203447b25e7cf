import type { Comparison } from "../measure/comparison.ts";
import { median } from "../measure/statistics.ts";

/** The product compared with one of the other series. */
export interface Ratio {
  readonly against: string;
  /** Median of the product, divided by the median of the other. */
  readonly ratio: number;
  readonly goal?: Target;
  /** Of the series that is the floor, where a goal is not met. */
  readonly floor?: { readonly name: string; readonly ratio: number };
}

/** What a figure should reach, and whether it does. */
export interface Target {
  readonly value: number;
  readonly met: boolean;
}

/** The product compared with each of the other series. Throws when a goal names a series that is not there. */
export function ratiosOf({
  better,
  floor: floorName,
  goals = [],
  id,
  series,
}: Comparison): Ratio[] {
  const [product, ...others] = series;
  const missing = goals.find(
    ({ against }) => !others.some(({ name }) => name === against),
  );
  if (missing) throw new Error(`${id}: no series ${missing.against}`);
  const floor = others.find(({ name }) => name === floorName);
  return others.map(({ name, values }) => {
    const ratio = median(product?.values ?? []) / median(values);
    const wanted = goals.find(({ against }) => against === name)?.ratio;
    const goal =
      wanted === undefined ? undefined : target(better, ratio, wanted);
    return {
      against: name,
      ratio,
      ...(goal && { goal }),
      ...(goal?.met === false &&
        floor && {
          floor: {
            name: floor.name,
            ratio: median(floor.values) / median(values),
          },
        }),
    };
  });
}

/** The limit of the product in the comparison's unit, if it has one. It holds in every round, so the worst value decides. */
export function limitOf({
  better,
  limit,
  series: [product],
}: Comparison): Target | undefined {
  if (limit === undefined) return undefined;
  const values = product?.values ?? [];
  const worst = better === "lower" ? Math.max(...values) : Math.min(...values);
  return target(better, worst, limit);
}

/** Every goal and every limit. */
export function targetsOf(comparison: Comparison): Target[] {
  return [
    limitOf(comparison),
    ...ratiosOf(comparison).map(({ goal }) => goal),
  ].filter((each) => each !== undefined);
}

function target(
  better: Comparison["better"],
  reached: number,
  value: number,
): Target {
  return {
    value,
    met: better === "lower" ? reached <= value : reached >= value,
  };
}
