import { expect } from "chai";
import { rateFigure, sectionText } from "./hand-over-report.ts";

describe("the page about handing over claims", () => {
  for (const [part, least, cell] of [
    [99, 99, "at least 99 %: met"],
    [98, 99, "at least 99 %: not met"],
    [98, undefined, ""],
  ] as const)
    it(`says of ${part} hits of 100, with a goal of ${least}: ${JSON.stringify(cell)}`, () => {
      const figures = [rateFigure("hits", part, 100, least)];
      expect(sectionText({ title: "Hits", text: "All.", figures })).to.include(
        `| hits | ${part}.0 % (${part} of 100) | ${cell} |`,
      );
    });

  it("does not round a share up to its goal", () => {
    expect(rateFigure("hits", 98_999, 100_000, 99).goal?.met).to.equal(false);
  });
});
