import { expect } from "chai";
import type { Comparison } from "../measure/comparison.ts";
import { aComparison } from "./examples.ts";
import { fallenBack } from "./fallen-back.ts";

/** A comparison in which the product is so many times the other one. */
function withRatio(ratio: number, over: Partial<Comparison> = {}): Comparison {
  return aComparison({
    series: [
      { name: "function", values: [10 * ratio] },
      { name: "bare handler", values: [10] },
    ],
    ...over,
  });
}

describe("the check of a run against earlier results", () => {
  it("names the figure and both ratios", () => {
    expect(fallenBack([withRatio(1.2)], [withRatio(1.6)])).to.deep.equal([
      {
        title: "Processor time of one admission",
        against: "bare handler",
        before: 1.2,
        now: 1.6,
      },
    ]);
  });

  for (const { before, better, now, worse } of [
    { better: "lower", before: 1, now: 1.24, worse: false },
    { better: "lower", before: 1, now: 1.26, worse: true },
    { better: "lower", before: 1, now: 0.5, worse: false },
    { better: "higher", before: 1, now: 0.81, worse: false },
    { better: "higher", before: 1, now: 0.79, worse: true },
    { better: "higher", before: 1, now: 2, worse: false },
  ] as const)
    it(`finds ${now} after ${before} ${worse ? "worse" : "no worse"} where ${better} is better`, () => {
      const found = fallenBack(
        [withRatio(before, { better })],
        [withRatio(now, { better })],
      );
      expect(found).to.have.length(worse ? 1 : 0);
    });

  it("compares ratios, so that a slower machine changes nothing", () => {
    const slower = aComparison({
      series: [
        { name: "function", values: [240] },
        { name: "bare handler", values: [200] },
      ],
    });
    expect(fallenBack([withRatio(1.2)], [slower])).to.deep.equal([]);
  });

  it("passes over figures and series that are new", () => {
    const another = withRatio(9, { id: "admission/other" });
    const renamed = withRatio(9, {
      series: [
        { name: "function", values: [9] },
        { name: "no-op", values: [1] },
      ],
    });
    expect(fallenBack([withRatio(1)], [another, renamed])).to.deep.equal([]);
  });
});
