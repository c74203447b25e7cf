import { expect } from "chai";
import { aComparison, someResults } from "./examples.ts";
import { pageOf } from "./page.ts";

describe("the page of the results", () => {
  it("says where and when the run was", async () => {
    const page = await pageOf(someResults());
    for (const fact of [
      "| 2 cores, AMD EPYC |",
      "| 0.25              |",
      "| v1.36.3           |",
      "| 26.10.0           |",
      "| 2026-11-26        |",
    ])
      expect(page).to.include(fact);
  });

  it("shows the chart and the figures of each benchmark", async () => {
    const goals = [{ against: "bare handler", ratio: 1 }];
    const page = await pageOf(
      someResults([aComparison({ goals, limit: 2.5 })]),
    );
    expect(page).to.include("Both run in turn. This takes 1.50 minutes.");
    expect(page).to.include("![Admissions](admission.svg)");
    expect(page.replaceAll(/ +/g, " ")).to.include(
      `| Processor time of one admission, ms | function | 2.20 | 2.00 | 9.00 | | at most 2.5 ms: met |
| | bare handler | 2.00 | 1.00 | 3.00 | 1.10 times | at most 1 times: not met |`,
    );
  });
});
