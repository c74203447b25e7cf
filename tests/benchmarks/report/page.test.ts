import { expect } from "chai";
import { aComparison, someResults } from "./examples.ts";
import { pageOf } from "./page.ts";

describe("the page of the results", () => {
  it("says where and when the run was", async () => {
    const page = await pageOf(someResults());
    expect(page).to.include(
      "Measured on 2026-11-26 in 3 rounds, on 2 cores of AMD EPYC, with a load of 0.25 at the start; Kubernetes v1.36.3, Node.js 26.10.0.",
    );
  });

  it("shows the chart and the figures of each benchmark", async () => {
    const goals = [{ against: "bare handler", ratio: 1 }];
    const page = await pageOf(
      someResults([aComparison({ goals, limit: 9.5 })]),
    );
    expect(page).to.include("Both run in turn. This takes 1.50 minutes.");
    expect(page).to.include("![Admissions](admission.svg)");
    expect(page.replaceAll(/ +/g, " ")).to.include(
      `| Processor time of one admission, ms | function | 2.20 | 2.00 | 9.00 | | at most 9.5 ms: met |
| | bare handler | 2.00 | 1.00 | 3.00 | 1.10 times | at most 1 times: not met |`,
    );
  });

  it("shows beside a goal that is not met what the floor reaches", async () => {
    const comparison = aComparison({
      goals: [{ against: "no-op webhook", ratio: 1 }],
      floor: "bare handler",
    });
    const series = [
      ...comparison.series,
      { name: "no-op webhook", values: [1] },
    ];
    const page = await pageOf(someResults([{ ...comparison, series }]));
    expect(page).to.include(
      "at most 1 times: not met; bare handler has 2.00 times",
    );
  });

  it("says of a figure of an earlier run when it was measured", async () => {
    const [result] = someResults().benchmarks;
    if (!result) throw new Error("there are no results");
    const measured = { ...result.measured, date: "2026-11-01", rounds: 5 };
    const comparisons = [{ ...aComparison(), measured }];
    const page = await pageOf({ benchmarks: [{ ...result, comparisons }] });
    expect(page.replaceAll(/ +/g, " ")).to.include(
      "| Processor time of one admission, ms, measured on 2026-11-01 | function, in 3 rounds |",
    );
  });

  it("says how many rounds a figure has when it has fewer than the run", async () => {
    const series = [{ name: "janitor", values: [2, 3] }];
    const page = await pageOf(someResults([aComparison({ series })]));
    expect(page).to.include("| janitor, in 2 rounds |");
  });
});
