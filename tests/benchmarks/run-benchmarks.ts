import type {
  Benchmark,
  BenchmarkRun,
  Comparison,
} from "./measure/comparison.ts";
import { targetsOf } from "./report/ratios.ts";
import type { BenchmarkResult } from "./report/results.ts";

/** What came of the benchmarks. */
export interface Outcome {
  readonly results: readonly Omit<BenchmarkResult, "measured">[];
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly name: string;
  readonly error: unknown;
}

export interface Listener {
  /** `share` is how much of the whole is done, from 0 to 1. */
  readonly progress: (step: string, share: number) => void;
  readonly finished: (comparisons: readonly Comparison[]) => void;
  readonly failed: (failure: Failure) => void;
}

/**
 * Runs one after another. When one fails, the others still run. `lengths` says how long each benchmark takes, in any unit: from it
 * comes the share of the whole.
 */
export async function runBenchmarks(
  benchmarks: readonly Benchmark[],
  run: Omit<BenchmarkRun, "progress">,
  lengths: readonly number[],
  listener: Listener,
): Promise<Outcome> {
  const whole = sum(lengths);
  const results: Omit<BenchmarkResult, "measured">[] = [];
  const failures: Failure[] = [];
  for (const [index, benchmark] of benchmarks.entries()) {
    const { method = "", name, title } = benchmark;
    const before = sum(lengths.slice(0, index));
    const progress = (step: string, share = 0): void =>
      listener.progress(
        `${name}: ${step}`,
        (before + share * (lengths[index] ?? 0)) / whole,
      );
    const begin = performance.now();
    try {
      progress("starts");
      const comparisons = await benchmark.run({ ...run, progress });
      // A goal that names no series is a mistake of the benchmark.
      for (const comparison of comparisons) targetsOf(comparison);
      const seconds = (performance.now() - begin) / 1_000;
      results.push({ name, title, method, seconds, comparisons });
      listener.finished(comparisons);
    } catch (error) {
      const failure = { name, error };
      failures.push(failure);
      listener.failed(failure);
    }
  }
  return { results, failures };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
