import { readFile, writeFile } from "node:fs/promises";
import { format } from "prettier";
import type { Circumstances } from "../measure/circumstances.ts";
import type { Comparison } from "../measure/comparison.ts";

/** The latest results of each benchmark. */
export interface Results {
  readonly benchmarks: readonly BenchmarkResult[];
}

/** Where and when a run measured. */
export interface RunCircumstances extends Circumstances {
  readonly rounds: number;
}

export interface BenchmarkResult {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly measured: RunCircumstances;
  /** How long it took. */
  readonly seconds: number;
  readonly comparisons: readonly ComparisonResult[];
}

export interface ComparisonResult extends Comparison {
  /** Present where an earlier run measured it, and not the last run of its benchmark. */
  readonly measured?: RunCircumstances;
}

/** The new results, and the earlier results of what was not measured again, in the order of `names`. */
export function withNew(
  before: Results | undefined,
  results: readonly BenchmarkResult[],
  names: readonly string[],
): Results {
  return {
    benchmarks: names.flatMap((name) => {
      const earlier = before?.benchmarks.find((each) => each.name === name);
      const now = results.find((each) => each.name === name);
      return now && earlier
        ? withEarlier(now, earlier)
        : (now ?? earlier ?? []);
    }),
  };
}

/** A benchmark may measure other figures from run to run, such as sweeps of other numbers of claims. */
function withEarlier(
  now: BenchmarkResult,
  earlier: BenchmarkResult,
): BenchmarkResult {
  const ids = new Set(now.comparisons.map(({ id }) => id));
  const kept = earlier.comparisons
    .filter(({ id }) => !ids.has(id))
    .map((each) => ({ measured: earlier.measured, ...each }));
  return { ...now, comparisons: [...now.comparisons, ...kept] };
}

/** Digits of a value that are kept: the rest is noise. */
const DIGITS = 4;

/** The results in `file`; undefined where there is no such file. */
export async function readResults(file: string): Promise<Results | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeResults(
  file: string,
  results: Results,
): Promise<void> {
  const text = JSON.stringify(results, (_, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value,
  );
  await writeFile(file, await format(text, { filepath: file }));
}
