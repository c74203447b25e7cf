import { expect } from "chai";
import type {
  Benchmark,
  BenchmarkRun,
  Comparison,
} from "./measure/comparison.ts";
import { aComparison } from "./report/examples.ts";
import { runBenchmarks } from "./run-benchmarks.ts";
import type { Outcome } from "./run-benchmarks.ts";

function aBenchmark(name: string, run: Benchmark["run"]): Benchmark {
  return { name, title: name, run };
}

/** Runs them, and returns what was said, too. */
async function told(
  benchmarks: readonly Benchmark[],
  lengths: readonly number[] = benchmarks.map(() => 1),
): Promise<{ outcome: Outcome; lines: string[] }> {
  const lines: string[] = [];
  const outcome = await runBenchmarks(
    benchmarks,
    { quick: true, rounds: 2 },
    lengths,
    {
      progress: (step, share) => lines.push(`${share} ${step}`),
      finished: (comparisons) => lines.push(`${comparisons.length} finished`),
      failed: ({ error, name }) => lines.push(`${name}: ${String(error)}`),
    },
  );
  return { outcome, lines };
}

/** Measures one figure in two steps. */
async function inTwoSteps({ progress }: BenchmarkRun): Promise<Comparison[]> {
  progress("half", 0.5);
  return await Promise.resolve([aComparison()]);
}

describe("all benchmarks", () => {
  it("say how much of the whole is done, by how long each takes", async () => {
    const { lines } = await told(
      [aBenchmark("short", inTwoSteps), aBenchmark("long", inTwoSteps)],
      [1, 3],
    );
    expect(lines).to.deep.equal([
      "0 short: starts",
      "0.125 short: half",
      "1 finished",
      "0.25 long: starts",
      "0.625 long: half",
      "1 finished",
    ]);
  });

  it("go on after one has failed", async () => {
    const { lines, outcome } = await told([
      aBenchmark("broken", () => Promise.reject(new Error("no answer"))),
      aBenchmark("whole", () => Promise.resolve([aComparison()])),
    ]);
    expect(lines).to.include("broken: Error: no answer");
    expect(outcome.failures.map(({ name }) => name)).to.deep.equal(["broken"]);
    expect(outcome.results.map(({ name }) => name)).to.deep.equal(["whole"]);
  });

  it("fail with a goal against a series that is not there", async () => {
    const goals = [{ against: "nobody", ratio: 1 }];
    const { outcome } = await told([
      aBenchmark("wrong", () => Promise.resolve([aComparison({ goals })])),
    ]);
    expect(outcome.failures).to.have.length(1);
  });
});
