import { expect } from "chai";
import type { ColdStart } from "./cold-start.ts";
import { lengthsOf, markdown, median, ratioOf } from "./report.ts";
import type { Measured } from "./report.ts";

function totalling(...totals: readonly number[]): ColdStart[] {
  return totals.map((total) => ({ total }));
}

function measured(over: Partial<Measured> = {}): Measured {
  return {
    variant: { name: "as installed" },
    cold: totalling(880, 860, 1_500),
    helloCold: totalling(780, 900, 700),
    warm: [20, 20],
    helloWarm: [10],
    bare: [5],
    ...over,
  };
}

describe("the benchmark's figures", () => {
  it("are medians, which one slow round does not move", () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 2, 100])).to.equal(3);
    expect(median([])).to.be.NaN;
  });

  it("set a cold admission against hello-world's cold start and one warm admission", () => {
    expect(ratioOf(measured())).to.be.closeTo(880 / (780 + 20), 1e-9);
  });

  it("say of each part how long it took where it was seen", () => {
    const starts: ColdStart[] = [
      { total: 900, created: 80, scheduled: 100, process: 600, listening: 700 },
      { total: 950, created: 100, scheduled: 130 },
    ];
    expect(
      Object.fromEntries(lengthsOf(starts).map(({ name, ms }) => [name, ms])),
    ).to.deep.equal({
      "gateway, activator and autoscaler, until the Pod is made": 90,
      scheduling: 25,
      "sandbox, network, containers, until Node's process is there": 500,
      "boot of the program": 100,
    });
  });

  for (const { cold, says } of [
    { cold: 880, says: "**1.10 times**" },
    { cold: 881, says: "which is not reached" },
    { cold: 880, says: "which is reached" },
  ])
    it(`are reported with the goal: ${cold} ms, ${says}`, () => {
      const text = markdown(
        [measured({ cold: totalling(cold) })],
        [
          {
            setting: { name: "`min-scale`" },
            pods: [1, 1, 2],
            first: [21, 19, 20],
          },
        ],
        "2 cores",
      );
      expect(text).to.include(says);
      expect(text).to.include(
        `| as installed | 1 | ${cold} (${cold} to ${cold}) | 780 (700 to 900) |`,
      );
      expect(text).to.include("| `min-scale` | 1 | 20 |");
    });
});
