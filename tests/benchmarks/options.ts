import { parseArgs } from "node:util";
import { TOLERANCE } from "./report/check.ts";

/** With fewer rounds nothing is written: others may rely on the figures of the page. */
export const ROUNDS_TO_WRITE = 5;
const QUICK_ROUNDS = 2;
/** What the runs have taken on two cores, with Kyverno and OpenKruise built. */
const WHOLE_RUN = "70 minutes";
const QUICK_RUN = "5 minutes";

/** What is to run. */
export interface BenchOptions {
  readonly help: boolean;
  readonly quick: boolean;
  /** Compares with the results that were written before, and writes none. */
  readonly check: boolean;
  /** Measures nothing, and writes page and charts again. */
  readonly page: boolean;
  readonly rounds: number;
  /** Names of the benchmarks to run; all of them unless given. */
  readonly only: readonly string[] | undefined;
  readonly claims: readonly number[] | undefined;
}

/** @throws naming the option, when one is unknown or its value is of no use */
export function parseOptions(
  argv: readonly string[],
  benchmarks: readonly string[],
): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", default: false, short: "h" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      page: { type: "boolean", default: false },
      rounds: { type: "string" },
      only: { type: "string" },
      claims: { type: "string" },
    },
  });
  const { claims, rounds, ...flags } = values;
  if (flags.quick && flags.check)
    throw new Error(
      "--check and --quick: results.json has no figures of smaller numbers",
    );
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !benchmarks.includes(name));
  if (unknown !== undefined)
    throw new Error(
      `--only: there is no benchmark ${JSON.stringify(unknown)}; there are ${benchmarks.join(", ")}`,
    );
  return {
    ...flags,
    only,
    rounds:
      rounds === undefined
        ? values.quick
          ? QUICK_ROUNDS
          : ROUNDS_TO_WRITE
        : count("--rounds", rounds),
    claims: claims?.split(",").map((each) => count("--claims", each)),
  };
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new Error(
      `${option}: ${JSON.stringify(text)} is not a whole number above 0`,
    );
  return Number(text);
}

/** The text of `--help`, with the names of the benchmarks. */
export function help(benchmarks: readonly string[]): string {
  return `Measures the function and the janitor on real control planes, in turn with what they are compared with.

  npm run bench                            everything, in ${WHOLE_RUN} on two cores; writes docs/benchmarks
  npm run bench -- --quick                 smaller numbers and fewer rounds, for a look, in ${QUICK_RUN}
  npm run bench -- --only admission,sweep  some of them

The benchmarks are ${benchmarks.join(", ")}. A table of each is printed when it ends. A run without --quick and --check and with ${ROUNDS_TO_WRITE}
rounds or more writes what it has measured into results.json, the page and the charts; other figures stay. Ratios change less while
other programs run, but times do: close them before such a run.

Options
  --quick           smaller numbers, fewer rounds
  --only <names>    these benchmarks, separated by commas
  --rounds <n>      how often each figure is measured (default ${ROUNDS_TO_WRITE}, with --quick ${QUICK_ROUNDS})
  --claims <n,...>  numbers of claims that the janitor sweeps with nothing to do (default 10000,100000, with --quick 2000)
  --check           fails when a ratio is more than ${100 * TOLERANCE} % worse than in results.json, a limit is not met any more, or nothing is there to
                    compare; writes nothing. Not with --quick, whose numbers are smaller
  --page            measures nothing: writes page and charts again from results.json
  --help            this text

Exit codes: 0 all was measured, 1 a benchmark or the check failed, 2 wrong options, 130 ended by Ctrl-C.
`;
}
