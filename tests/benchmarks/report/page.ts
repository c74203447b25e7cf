import { format } from "prettier";
import type { Comparison, Series } from "../measure/comparison.ts";
import { median } from "../measure/statistics.ts";
import { goalText, targetText } from "./goals.ts";
import { measuredOn, roundsText } from "./measured-on.ts";
import { figure } from "./numbers.ts";
import { limitOf, ratiosOf } from "./ratios.ts";
import type { Ratio } from "./ratios.ts";
import type { BenchmarkResult, ComparisonResult, Results } from "./results.ts";

/** docs/benchmarks/README.md: what was measured, and where. */
export async function pageOf(results: Results): Promise<string> {
  const text = `# Benchmarks

\`npm run bench\` writes this page, its charts and [results.json](results.json). etcd and kube-apiserver are real and run on the same machine, with everything
else. What is compared runs in turn, in rounds: the tables show the median, the lowest and the highest value of the rounds. "product is" is the median
of the first row, divided by the median of the row.
A goal in times is about this ratio, and a goal in a unit is about every round. Compare ratios: they change less than times. Those of starts and of the highest rate still differ by a
factor of up to three from run to run.

In the charts a bar is a median, the line on it goes from the lowest to the highest value, and a dashed line is a goal or a limit.

${results.benchmarks.map(sectionOf).join("\n")}
## Other benchmarks

- [Cold start](cold-start.md): an admission while no Pod of the function runs, on real Knative.
- [Bursts on Knative](bursts-on-knative.md): 500 Pods at once, with several settings of the autoscaler.
- [Handing over claims](hand-over.md): how long a Pod waits for the claims of its predecessor, and how often it gets them.
`;
  return await format(text, { parser: "markdown" });
}

function sectionOf({
  comparisons,
  measured,
  method,
  name,
  seconds,
  title,
}: BenchmarkResult): string {
  return `## ${title}

${method} This takes ${figure(seconds / 60)} minutes. Measured ${measuredOn(measured)}.

![${title}](${name}.svg)

| figure | of | median | lowest | highest | product is | goal |
| --- | --- | ---: | ---: | ---: | ---: | --- |
${comparisons.flatMap((each) => rowsOf(each, (each.measured ?? measured).rounds)).join("\n")}
`;
}

/** `rounds` are those of most series. */
function rowsOf(comparison: ComparisonResult, rounds: number): string[] {
  const { better, measured, series, title, unit } = comparison;
  const earlier = measured ? `, measured on ${measured.date}` : "";
  const ratios = new Map(
    ratiosOf(comparison).map((ratio) => [ratio.against, ratio]),
  );
  return series.map((each, index) => {
    const cells =
      index === 0
        ? [
            `${title}, ${unit}${earlier}`,
            ...figuresOf(each, rounds),
            "",
            targetText(limitOf(comparison), better, ` ${unit}`),
          ]
        : [
            "",
            ...figuresOf(each, rounds),
            ...ratioCells(ratios.get(each.name), better),
          ];
    return `| ${cells.join(" | ")} |`;
  });
}

function figuresOf({ name, values }: Series, rounds: number): string[] {
  const count = values.length;
  return [
    count === rounds ? name : `${name}, in ${roundsText(count)}`,
    ...[median(values), Math.min(...values), Math.max(...values)].map(figure),
  ];
}

function ratioCells(
  ratio: Ratio | undefined,
  better: Comparison["better"],
): string[] {
  if (!ratio) return ["", ""];
  return [`${figure(ratio.ratio)} times`, goalText(ratio, better, " times")];
}
