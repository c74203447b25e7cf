import type { Series } from "../measure/comparison.ts";
import { median } from "../measure/statistics.ts";
import { goalsTable } from "./goals.ts";
import { measuredOn } from "./measured-on.ts";
import { markdownTable } from "./page-section.ts";
import type { BenchmarkResult } from "./results.ts";

/** What docs/comparison.md shows of the benchmark `start`: a row for each way, with columns for each number of Pods, and the goals. */
export function startTimes({ comparisons, measured }: BenchmarkResult): string {
  const sizes = new Set(
    comparisons.map(({ id }) => id.split("-").at(-1) ?? ""),
  );
  const columns = [...sizes].flatMap((size) => [
    { head: `${size} Pods exist`, id: `exist-${size}` },
    { head: `${size} Pods run`, id: `running-${size}` },
  ]);
  const names = new Set(
    comparisons.flatMap(({ series }) => series.map(({ name }) => name)),
  );
  const table = markdownTable(
    ["seconds until", ...columns.map(({ head }) => head)],
    [...names].map((name) => [
      name,
      ...columns.map(({ id }) =>
        cellOf(
          comparisons
            .filter((one) => one.id.endsWith(id))
            .flatMap(({ series }) => series)
            .find((one) => one.name === name),
        ),
      ),
    ]),
  );
  return [`Measured ${measuredOn(measured)}.`, table, goalsTable(comparisons)]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Such as `3.4 (2.5 to 4.2)`, or only the value when there is one. */
function cellOf(series: Series | undefined): string {
  if (!series || series.values.length === 0) return "";
  const seconds = series.values;
  const [middle, low, high] = [
    median(seconds),
    Math.min(...seconds),
    Math.max(...seconds),
  ].map((value) => value.toFixed(1));
  return seconds.length === 1 ? `${middle}` : `${middle} (${low} to ${high})`;
}
