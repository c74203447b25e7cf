import { readFile, writeFile } from "node:fs/promises";
import { format } from "prettier";
import type { Comparison } from "../measure/comparison.ts";

/** The latest results of each benchmark. */
export interface Results {
  readonly benchmarks: readonly BenchmarkResult[];
}

/** Where and when a run measured. */
export interface Circumstances {
  /** Such as `2026-11-26`. */
  readonly date: string;
  readonly machine: { readonly cores: number; readonly cpu: string };
  readonly versions: { readonly node: string; readonly kubernetes: string };
  /** Programs that wanted to run in the minute before the run began, on average. */
  readonly load: number;
  readonly rounds: number;
}

export interface BenchmarkResult {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly measured: Circumstances;
  /** How long it took. */
  readonly seconds: number;
  readonly comparisons: readonly Comparison[];
}

/** The earlier results, with those that are new in their places, in the order of `names`. */
export function withNew(
  before: Results | undefined,
  results: readonly BenchmarkResult[],
  names: readonly string[],
): Results {
  const all = new Map(
    [...(before?.benchmarks ?? []), ...results].map((each) => [
      each.name,
      each,
    ]),
  );
  return { benchmarks: names.flatMap((name) => all.get(name) ?? []) };
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
