import { expect } from "chai";
import { aComparison } from "./examples.ts";
import { tableOf } from "./table.ts";
import type { Paint } from "./table.ts";

const paint: Paint = (text, color) => `<${color}>${text}</>`;

describe("a comparison on the terminal", () => {
  it("shows median, lowest and highest value, the ratio and whether the goal is met", () => {
    const goals = [{ against: "bare handler", ratio: 1.25 }];
    expect(tableOf(aComparison({ goals }), paint)).to.equal(
      `<bold>Processor time of one admission</>, ms, lower is better
   function          2.20  2.00 to 9.00
   bare handler      2.00  1.00 to 3.00          product is 1.10 times  <green>goal 1.25: met</>
`,
    );
  });

  it("shows a limit that is not met", () => {
    expect(tableOf(aComparison({ limit: 2 }), paint)).to.include(
      "<red>limit 2 ms: not met</>",
    );
  });
});
