import { expect } from "chai";
import { aComparison } from "./examples.ts";
import { goalsTable } from "./goals.ts";

describe("the table of goals", () => {
  for (const [ratio, cell] of [
    [1.1, "at most 1.1: met"],
    [1, "at most 1: not met"],
  ] as const)
    it(`says of a goal of ${ratio}: ${cell}`, () => {
      const goals = [{ against: "bare handler", ratio }];
      const comparison = aComparison({ goals });
      expect(goalsTable([aComparison(), comparison])).to.equal(
        `|  | medians | ratio | goal |
| --- | --- | --- | --- |
| ${comparison.title} | ${comparison.series[0]?.name} / bare handler | 1.10 | ${cell} |`,
      );
    });

  it("says what the floor reaches where a goal is not met", () => {
    const goals = [{ against: "bare handler", ratio: 1 }];
    expect(
      goalsTable([aComparison({ floor: "bare handler", goals })]),
    ).to.include("| at most 1: not met; bare handler has 1.00 |");
  });

  it("is left out when there is no goal", () => {
    expect(goalsTable([aComparison()])).to.equal("");
  });
});
