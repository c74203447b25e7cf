import { expect } from "chai";
import { BENCHMARKS } from "./benchmarks.ts";
import { RESULTS } from "./report/published.ts";
import { readResults } from "./report/results.ts";

describe("the benchmarks", () => {
  it("all have their results in docs/benchmarks/results.json", async () => {
    const results = await readResults(RESULTS);
    expect(results?.benchmarks.map(({ name }) => name)).to.deep.equal(
      BENCHMARKS.map(({ name }) => name),
    );
  });
});
