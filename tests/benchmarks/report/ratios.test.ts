import { expect } from "chai";
import { aComparison } from "./examples.ts";
import { ratiosOf, targetsOf } from "./ratios.ts";

describe("ratios of a comparison", () => {
  it("divide the median of the product by the median of each other series", () => {
    expect(ratiosOf(aComparison())).to.deep.equal([
      { against: "bare handler", ratio: 1.1 },
    ]);
  });

  for (const { better, goal, met } of [
    { better: "lower", goal: 1.1, met: true },
    { better: "lower", goal: 1.09, met: false },
    { better: "higher", goal: 1.1, met: true },
    { better: "higher", goal: 1.11, met: false },
  ] as const)
    it(`reach a goal of ${goal} where ${better} is better: ${met}`, () => {
      const goals = [{ against: "bare handler", ratio: goal }];
      expect(targetsOf(aComparison({ better, goals }))).to.deep.equal([
        { value: goal, met },
      ]);
    });

  for (const { better, limit, met } of [
    { better: "lower", limit: 9, met: true },
    { better: "lower", limit: 8.9, met: false },
    { better: "higher", limit: 2, met: true },
    { better: "higher", limit: 2.1, met: false },
  ] as const)
    it(`stand beside a limit of ${limit} for all rounds, where ${better} is better: ${met}`, () => {
      expect(targetsOf(aComparison({ better, limit }))).to.deep.equal([
        { value: limit, met },
      ]);
    });

  for (const { goal, floor } of [
    { goal: 0.5, floor: { name: "raw", ratio: 0.9 } },
    { goal: 2, floor: undefined },
  ])
    it(`show what the floor reaches only where a goal is not met: ${goal}`, () => {
      const [ratio] = ratiosOf(
        aComparison({
          goals: [{ against: "bare handler", ratio: goal }],
          floor: "raw",
          series: [
            { name: "function", values: [2] },
            { name: "bare handler", values: [2] },
            { name: "raw", values: [1.8] },
          ],
        }),
      );
      expect(ratio?.floor).to.deep.equal(floor);
    });

  it("do not hide a goal against a series that is not there", () => {
    const goals = [{ against: "bare handlers", ratio: 1 }];
    expect(() => ratiosOf(aComparison({ goals }))).to.throw(
      "admission/cpu-time: no series bare handlers",
    );
  });
});
