import { expect } from "chai";
import { chartOf } from "./chart.ts";
import { aComparison } from "./examples.ts";

const comparisons = [
  aComparison({ goals: [{ against: "bare handler", ratio: 1.25 }] }),
  aComparison({ id: "admission/rate", title: "Rate", unit: "requests/s" }),
];

describe("the chart of a benchmark", () => {
  it("is the same text for the same figures, whatever was drawn before", () => {
    const first = chartOf(comparisons);
    chartOf([aComparison()]);
    expect(chartOf(comparisons)).to.equal(first);
  });

  it("shows each comparison with its series and medians", () => {
    const chart = chartOf(comparisons);
    expect(chart).to.match(/^<svg .*<\/svg>\n$/s);
    for (const text of [
      "Processor time of one admission (ms, lower is better)",
      "Rate (requests/s, lower is better)",
      "function  2.20",
      "bare handler  2.00",
    ])
      expect(chart).to.include(text);
  });

  it("has no ground of its own, and a dashed line for the goal", () => {
    const chart = chartOf(comparisons);
    expect(chart).to.include("stroke-dasharray");
    expect(chart).not.to.match(/<rect[^>]*fill="(#fff|white)/);
  });
});
