import { expect } from "chai";
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
      { machine: "2 cores", load: 0.25 },
    );
    expect(page).to.include(
      "3 rounds, interleaved, on a cluster of one node with 2 cores, and a load of 0.3 when",
    );
    expect(page).to.include(
      "| 1 | any | 5.0 (4.0 to 9.0) | 0 | 3 |\n| 3 | 50 | 5.0 (4.0 to 9.0) | 0 | 3 |",
    );
  });
});
