import { expect } from "chai";
import { median, percentile } from "./statistics.ts";

describe("statistics of a benchmark", () => {
  it("takes the middle, or the mean of the two in the middle", () => {
    expect(median([9, 1, 10])).to.equal(9);
    expect(median([10, 1, 2, 9])).to.equal(5.5);
  });

  it("finds the value below which a share is", () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(values, 0.5)).to.equal(101);
    expect(percentile(values, 0.99)).to.equal(199);
    expect(percentile([7], 0.99)).to.equal(7);
  });
});
