/** `npm run bench`: all benchmarks, their report, and the comparison with earlier results. */
import { styleText } from "node:util";
import { errorMessage } from "../../functions/contract/error-message.ts";
import { runCommand } from "../control-plane/command.ts";
import { BENCHMARKS } from "./benchmarks.ts";
import { circumstances } from "./measure/circumstances.ts";
import type { Benchmark, Comparison } from "./measure/comparison.ts";
import { help, parseOptions, ROUNDS_TO_WRITE } from "./options.ts";
import type { BenchOptions } from "./options.ts";
import { checkAgainst } from "./report/check.ts";
import { RESULTS, writeFiles } from "./report/published.ts";
import { targetsOf } from "./report/ratios.ts";
import { readResults, withNew, writeResults } from "./report/results.ts";
import type { Results } from "./report/results.ts";
import { tableOf } from "./report/table.ts";
import { runBenchmarks } from "./run-benchmarks.ts";

const NAMES = BENCHMARKS.map(({ name }) => name);

async function run(options: BenchOptions): Promise<number> {
  const before = await readResults(RESULTS);
  if ((options.check || options.page) && !before)
    throw new Error(`there is no ${RESULTS} yet`);
  if (options.page && before) {
    await writeFiles(before);
    return 0;
  }
  endProgramsOnSignal();
  const measured = { ...(await circumstances()), rounds: options.rounds };
  const benchmarks = BENCHMARKS.filter(
    ({ name }) => options.only?.includes(name) ?? true,
  );
  const { failures, results } = await runBenchmarks(
    benchmarks,
    {
      quick: options.quick,
      rounds: options.rounds,
      ...(options.claims && { claims: options.claims }),
    },
    lengthsOf(benchmarks, before),
    {
      progress: (step, share) =>
        process.stderr.write(
          `${String(Math.floor(100 * share)).padStart(3)} %  ${elapsed()}  ${step}\n`,
        ),
      finished: (comparisons) => {
        for (const each of comparisons)
          process.stdout.write(`\n${tableOf(each, paint)}`);
        process.stdout.write("\n");
      },
      failed: ({ error, name }) =>
        process.stderr.write(`${name} failed: ${errorMessage(error)}\n`),
    },
  );
  const comparisons = results.flatMap((each) => each.comparisons);
  sayGoals(comparisons);
  for (const { error, name } of failures)
    process.stdout.write(
      paint(`${name} failed: ${errorMessage(error)}\n`, "red"),
    );
  const exitCode = options.check && before ? check(before, comparisons) : 0;
  if (writes(options)) {
    const all = withNew(
      before,
      results.map((each) => ({ ...each, measured })),
      NAMES,
    );
    await writeResults(RESULTS, all);
    const written = await readResults(RESULTS);
    // From the file, so that --page writes the same.
    if (written) await writeFiles(written);
  }
  return failures.length > 0 ? 1 : exitCode;
}

/** Control planes end with this process by themselves, and programs when it exits. A signal would end it without that. */
function endProgramsOnSignal(): void {
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}

/** Minutes and seconds since the command began. */
function elapsed(): string {
  const seconds = Math.floor(performance.now() / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** As long as each took the last time. */
function lengthsOf(
  benchmarks: readonly Benchmark[],
  before: Results | undefined,
): number[] {
  const seconds = benchmarks.map(
    ({ name }) =>
      before?.benchmarks.find((each) => each.name === name)?.seconds,
  );
  return seconds.every((each) => each !== undefined)
    ? seconds
    : benchmarks.map(() => 1);
}

function paint(text: string, color: Parameters<typeof styleText>[0]): string {
  return styleText(color, text, { stream: process.stdout });
}

function sayGoals(comparisons: readonly Comparison[]): void {
  const targets = comparisons.flatMap(targetsOf);
  const met = targets.filter((each) => each.met).length;
  process.stdout.write(`${met} of ${targets.length} goals are met.\n`);
}

function check(before: Results, now: readonly Comparison[]): number {
  const { passed, summary, worse } = checkAgainst(
    before.benchmarks.flatMap(({ comparisons }) => comparisons),
    now,
  );
  for (const line of worse) process.stdout.write(paint(`${line}\n`, "red"));
  process.stdout.write(passed ? `${summary}\n` : paint(`${summary}\n`, "red"));
  return passed ? 0 : 1;
}

function writes({ check: checks, quick, rounds }: BenchOptions): boolean {
  return !checks && !quick && rounds >= ROUNDS_TO_WRITE;
}

process.exitCode = await runCommand({
  parseOptions: (argv) => parseOptions(argv, NAMES),
  help: help(NAMES),
  run,
});
