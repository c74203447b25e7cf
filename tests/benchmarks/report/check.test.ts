import { expect } from "chai";
import type { Comparison } from "../measure/comparison.ts";
import { checkAgainst } from "./check.ts";
import { aComparison } from "./examples.ts";

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

/** A comparison of the product with its limit alone. */
function withLimit(limit: number, ...values: number[]): Comparison {
  return aComparison({ limit, series: [{ name: "function", values }] });
}

describe("the check of a run against earlier results", () => {
  it("names the figure and both ratios", () => {
    expect(checkAgainst([withRatio(1.2)], [withRatio(1.6)])).to.deep.equal({
      passed: false,
      worse: [
        "Processor time of one admission: 1.60 times bare handler, and 1.20 times in results.json",
      ],
      summary:
        "1 ratios and limits were compared with results.json; 1 of them are worse",
    });
  });

  for (const { before, better, now, passed } of [
    { better: "lower", before: 1, now: 1.24, passed: true },
    { better: "lower", before: 1, now: 1.26, passed: false },
    { better: "lower", before: 1, now: 0.5, passed: true },
    { better: "higher", before: 1, now: 0.81, passed: true },
    { better: "higher", before: 1, now: 0.79, passed: false },
    { better: "higher", before: 1, now: 2, passed: true },
  ] as const)
    it(`${passed ? "passes" : "fails"} with ${now} after ${before} where ${better} is better`, () => {
      const checked = checkAgainst(
        [withRatio(before, { better })],
        [withRatio(now, { better })],
      );
      expect(checked).to.include({ passed });
    });

  it("says how many figures of the benchmarks that ran are missing", () => {
    const other = withRatio(1, { id: `${withRatio(1).id}-of-others` });
    const alone = withRatio(1, {
      series: [{ name: "function", values: [10] }],
    });
    const notRun = withRatio(1, { id: "another/figure" });
    const before = [withRatio(1), other, notRun];
    for (const [now, missing] of [
      [[withRatio(1), other], undefined],
      [[withRatio(1)], 1],
      [[alone, other], 1],
    ] as const) {
      const { summary } = checkAgainst(before, now);
      expect(/not measured now: (\d+)/.exec(summary)?.[1]).to.equal(
        missing?.toString(),
      );
    }
  });

  it("compares ratios, so that a slower machine changes nothing", () => {
    const slower = aComparison({
      series: [
        { name: "function", values: [240] },
        { name: "bare handler", values: [200] },
      ],
    });
    expect(checkAgainst([withRatio(1.2)], [slower])).to.include({
      passed: true,
    });
  });

  it("fails when a limit that was met is not met any more", () => {
    expect(checkAgainst([withLimit(5, 4)], [withLimit(5, 1, 2, 6)]))
      .to.include({
        passed: false,
      })
      .and.to.have.property("worse")
      .that.deep.equals([
        "Processor time of one admission: the limit of 5 ms is not met any more",
      ]);
  });

  for (const [before, now] of [
    [4, 5],
    [6, 7],
    [6, 4],
  ] as const)
    it(`passes with ${now} after ${before} where the limit is 5`, () => {
      expect(
        checkAgainst([withLimit(5, before)], [withLimit(5, now)]),
      ).to.include({ passed: true });
    });

  it("passes over figures and series that are new", () => {
    const another = withRatio(9, { id: "admission/other" });
    const renamed = withRatio(1, {
      series: [
        { name: "function", values: [9] },
        { name: "no-op", values: [1] },
        { name: "bare handler", values: [9] },
      ],
    });
    expect(checkAgainst([withRatio(1)], [another, renamed])).to.deep.include({
      passed: true,
      worse: [],
    });
  });

  it("fails when nothing could be compared", () => {
    const another = withRatio(1, { id: "admission/other" });
    expect(checkAgainst([withRatio(1)], [another])).to.deep.equal({
      passed: false,
      worse: [],
      summary: "none of these figures is in results.json; nothing was compared",
    });
  });
});
