import { expect } from "chai";
import { someCircumstances } from "../../benchmarks/report/examples.ts";
import { burstPage } from "./burst-settings.ts";

describe("npm run bench:e2e -- --bursts", () => {
  it("shows the median of each setting, and its spread", () => {
    const bursts = [4, 9, 5].map((seconds) => ({
      seconds,
      rejected: 0,
      instances: 3,
    }));
    const page = burstPage(
      [
        { maxScale: 1, target: 250, bursts },
        { maxScale: 3, target: 50, bursts },
      ],
      someCircumstances,
    );
    expect(page).to.include("3 rounds, interleaved, on a cluster of one node.");
    expect(page).to.include(
      "Measured on 2026-11-26, on 2 cores of AMD EPYC, with a load of 0.25 at the start; Kubernetes v1.36.3, Node.js 26.10.0.",
    );
    expect(page).to.include(
      "| 1 | any | 5.0 (4.0 to 9.0) | 0 | 3 |\n| 3 | 50 | 5.0 (4.0 to 9.0) | 0 | 3 |",
    );
  });
});
