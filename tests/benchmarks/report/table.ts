import type { Comparison, Series } from "../measure/comparison.ts";
import { median } from "../measure/statistics.ts";
import { figure } from "./numbers.ts";
import { limitOf, ratiosOf } from "./ratios.ts";
import type { Ratio, Target } from "./ratios.ts";

/** Marks a text on the terminal. */
export type Paint = (text: string, color: "green" | "red" | "bold") => string;

/** A comparison as people read it on a terminal. */
export function tableOf(comparison: Comparison, paint: Paint): string {
  const { better, series, title, unit } = comparison;
  const ratios = new Map(
    ratiosOf(comparison).map((ratio) => [ratio.against, ratio]),
  );
  const limit = limitOf(comparison);
  const width = Math.max(...series.map(({ name }) => name.length));
  const rows = series.map((each) => {
    const ratio = ratios.get(each.name);
    return [
      ` `,
      each.name.padEnd(width),
      ...cells(each),
      ...(ratio ? ratioCells(ratio, paint) : limitCells(limit, unit, paint)),
    ]
      .join("  ")
      .trimEnd();
  });
  const head = `${paint(title, "bold")}, ${unit}, ${better} is better`;
  return `${[head, ...rows].join("\n")}\n`;
}

function cells({ values }: Series): string[] {
  return [
    figure(median(values)).padStart(8),
    `${figure(Math.min(...values))} to ${figure(Math.max(...values))}`.padEnd(
      20,
    ),
  ];
}

function ratioCells({ goal, ratio }: Ratio, paint: Paint): string[] {
  return [
    `product is ${figure(ratio)} times`,
    ...(goal ? [outcome(`goal ${goal.value}`, goal, paint)] : []),
  ];
}

function limitCells(
  limit: Target | undefined,
  unit: string,
  paint: Paint,
): string[] {
  return limit ? [outcome(`limit ${limit.value} ${unit}`, limit, paint)] : [];
}

function outcome(what: string, { met }: Target, paint: Paint): string {
  return paint(`${what}: ${met ? "met" : "not met"}`, met ? "green" : "red");
}
