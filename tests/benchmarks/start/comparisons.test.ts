import { expect } from "chai";
import { comparisonsOf } from "./comparisons.ts";
import { ALL_WAYS, CLONE_SET, DELETE, KYVERNO, REUSE } from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";

/** Two starts of each way, whose numbers tell them apart. */
function comparisonsWith(ways: readonly Way[]) {
  return comparisonsOf(
    ways.map((way, index) => ({
      way,
      replicas: 200,
      starts: [index, index + 100].map((value) => ({
        exist: value,
        running: value + 0.1,
        processor: value + 0.2,
      })),
    })),
  );
}

describe("the comparisons of starts", () => {
  it("have the product first, and their goals name ways that are in them", () => {
    for (const { goals = [], id, series } of comparisonsWith(ALL_WAYS)) {
      const names = series.map(({ name }) => name);
      expect([DELETE.name, REUSE.name], id).to.include(names[0]);
      expect(names, id).to.include.members(goals.map((goal) => goal.against));
    }
  });

  it("have one value for each start", () => {
    const running = comparisonsWith(ALL_WAYS).find(
      ({ id }) => id === "start/running-200",
    );
    const index = ALL_WAYS.indexOf(DELETE);
    expect(running?.series[0]).to.deep.equal({
      name: DELETE.name,
      values: [index + 0.1, index + 100.1],
    });
  });

  for (const peer of [KYVERNO, CLONE_SET]) {
    it(`go without a way that was not measured: ${peer.name}`, () => {
      const names = comparisonsWith(ALL_WAYS.filter((way) => way !== peer))
        .flatMap(({ series }) => series)
        .map(({ name }) => name);
      expect(names).to.include(DELETE.name).and.not.include(peer.name);
    });

    it(`have a peer where claims are new, and nowhere else: ${peer.name}`, () => {
      const ids = comparisonsWith(ALL_WAYS)
        .filter(({ series }) => series.some(({ name }) => name === peer.name))
        .map(({ id }) => id);
      expect(ids).to.deep.equal([
        "start/exist-200",
        "start/running-200",
        "start/processor-200",
      ]);
    });
  }
});
