import path from "node:path";
import { expect } from "chai";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { aComparison, someResults } from "./examples.ts";
import { readResults, withNew, writeResults } from "./results.ts";
import type { Results } from "./results.ts";

describe("the file with the results", () => {
  const file = path.join(temporaryDirectory(), "results.json");

  it("is absent before the first run", async () => {
    expect(await readResults(file)).to.equal(undefined);
  });

  it("has each value with four digits", async () => {
    const values = [123_456.7, 0.123_456, 2, 0];
    const measured = aComparison({ series: [{ name: "function", values }] });
    await writeResults(file, someResults([measured]));
    const rounded = { name: "function", values: [123_500, 0.1235, 2, 0] };
    expect(await readResults(file)).to.deep.equal(
      someResults([{ ...measured, series: [rounded] }]),
    );
  });

  it("keeps the results of benchmarks that did not run, in the usual order", () => {
    const [earlier] = someResults().benchmarks;
    if (!earlier) throw new Error("there are no results");
    const sweep = { ...earlier, name: "sweep" };
    const gone = { ...earlier, name: "gone" };
    const now = { ...earlier, seconds: 120 };
    expect(
      withNew(
        { benchmarks: [sweep, gone, earlier] },
        [now],
        ["admission", "burst", "sweep"],
      ),
    ).to.deep.equal({ benchmarks: [now, sweep] });
  });

  it("keeps figures that were not measured again, with where and when they were", () => {
    const [first] = someResults().benchmarks;
    if (!first) throw new Error("there are no results");
    /** A run of another day that measured these. */
    const on = (date: string, ...ids: string[]) => ({
      ...first,
      measured: { ...first.measured, date },
      comparisons: ids.map((id) => aComparison({ id })),
    });
    const days = [
      on("2026-11-01", "10", "20", "30"),
      on("2026-11-02", "10", "20"),
      on("2026-11-03", "10"),
    ];
    const results = days.reduce<Results | undefined>(
      (before, now) => withNew(before, [now], ["admission"]),
      undefined,
    );
    expect(results?.benchmarks[0]?.measured.date).to.equal("2026-11-03");
    expect(
      results?.benchmarks[0]?.comparisons.map(({ id, measured }) => [
        id,
        measured?.date,
      ]),
    ).to.deep.equal([
      ["10", undefined],
      ["20", "2026-11-02"],
      ["30", "2026-11-01"],
    ]);
  });
});
