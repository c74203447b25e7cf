import { expect } from "chai";
import { pageText, rateRow, sectionText } from "./report.ts";
import { someCircumstances } from "../report/examples.ts";

describe("the page about handing over claims", () => {
  it("says where and when it was measured", () => {
    expect(pageText([], someCircumstances)).to.include(
      "Measured on 2026-11-26, on 2 cores of AMD EPYC, with a load of 0.25 at the start; Kubernetes v1.36.3, Node.js 26.10.0.",
    );
  });

  for (const [part, least, cell] of [
    [99, 99, "at least 99 %: met"],
    [98, 99, "at least 99 %: not met"],
    [98, undefined, ""],
  ] as const)
    it(`says of ${part} hits of 100, with a goal of ${least}: ${JSON.stringify(cell)}`, () => {
      const rows = [rateRow("hits", part, 100, least)];
      expect(sectionText({ title: "Hits", text: "All.", rows })).to.include(
        `| hits | ${part}.0 % (${part} of 100) | ${cell} |`,
      );
    });

  it("does not round a share up to its goal", () => {
    expect(rateRow("hits", 98_999, 100_000, 99).goal?.met).to.equal(false);
  });
});
