import type { Circumstances } from "../measure/circumstances.ts";
import type { Comparison } from "../measure/comparison.ts";
import type { Results } from "./results.ts";

/** A comparison with made-up values, for tests. */
export function aComparison(over: Partial<Comparison> = {}): Comparison {
  return {
    id: "admission/cpu-time",
    title: "Processor time of one admission",
    unit: "ms",
    better: "lower",
    series: [
      { name: "function", values: [2.2, 2, 9] },
      { name: "bare handler", values: [2, 1, 3] },
    ],
    ...over,
  };
}

/** Made up, for tests. */
export const someCircumstances: Circumstances = {
  date: "2026-11-26",
  machine: { cores: 2, cpu: "AMD EPYC" },
  versions: { node: "26.10.0", kubernetes: "v1.36.3" },
  load: 0.25,
};

/** The results of a run that measured these, for tests. */
export function someResults(
  comparisons: readonly Comparison[] = [aComparison()],
): Results {
  return {
    benchmarks: [
      {
        name: "admission",
        title: "Admissions",
        method: "Both run in turn.",
        measured: { ...someCircumstances, rounds: 3 },
        seconds: 90,
        comparisons,
      },
    ],
  };
}
