import { expect } from "chai";
import { someCircumstances } from "../../benchmarks/report/examples.ts";
import { markdown } from "./report.ts";
import type { Measured } from "./report.ts";

function measured(name: string, totals: readonly number[]): Measured {
  return { name, cold: totals.map((total) => ({ total })), warm: [20, 20] };
}

describe("npm run bench:e2e", () => {
  for (const { cold, says } of [
    // One slow round does not count.
    { cold: [860, 880, 1_500], says: "**1.10 times**" },
    { cold: [881], says: "which is not reached" },
  ])
    it(`compares medians with hello-world and one warm admission: ${cold.join(", ")} ms, ${says}`, () => {
      const page = markdown(
        {
          hello: measured("hello", [780, 900, 700]),
          installed: measured("function", cold),
          builds: [measured("without plugins", [960])],
          bare: [5],
          idle: [{ setting: "`min-scale`", pods: [1, 1, 2], first: [21, 20] }],
        },
        someCircumstances,
      );
      expect(page).to.include(says);
      expect(page).to.include(
        "Measured on 2026-11-26, on 2 cores of AMD EPYC, with a load of 0.25 at the start; Kubernetes v1.36.3, Node.js 26.10.0.",
      );
      expect(page).to.include("| hello-world, at zero | 780 | 700 | 900 |");
    });
});
