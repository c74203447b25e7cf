import { expect } from "chai";
import { aComparison, someResults } from "./examples.ts";
import { startTimes } from "./start-times.ts";

describe("the times of starts", () => {
  const series = [
    { name: "retention Delete", values: [3, 1, 2.04] },
    { name: "StatefulSet OrderedReady", values: [60] },
  ];
  const [result] = someResults([
    aComparison({
      id: "start/exist-200",
      series,
      goals: [{ against: "StatefulSet OrderedReady", ratio: 0.01 }],
    }),
    aComparison({ id: "start/running-200", series: series.slice(0, 1) }),
  ]).benchmarks;
  const text = result ? startTimes(result) : "";

  it("have a row for each way", () => {
    expect(text).to.include(
      `| seconds until | 200 Pods exist | 200 Pods run |
| --- | --- | --- |
| retention Delete | 2.0 (1.0 to 3.0) | 2.0 (1.0 to 3.0) |
| StatefulSet OrderedReady | 60.0 |  |`,
    );
  });

  it("say of each goal whether it is met", () => {
    expect(text).to.include(
      "| retention Delete / StatefulSet OrderedReady | 0.03 | at most 0.01: not met |",
    );
  });

  it("say when and where they were measured", () => {
    expect(text).to.include(
      "Measured on 2026-11-26 in 3 rounds, on 2 cores of AMD EPYC, with a load of 0.25 at the start; Kubernetes v1.36.3, Node.js 26.10.0.",
    );
  });

  it("say that one round is one", () => {
    if (!result) throw new Error("there is no result");
    const measured = { ...result.measured, rounds: 1 };
    expect(startTimes({ ...result, measured })).to.include(
      "Measured on 2026-11-26 in 1 round, on",
    );
  });
});
