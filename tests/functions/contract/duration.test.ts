import { expect } from "chai";
import {
  formatDuration,
  parseDuration,
} from "../../../functions/contract/duration.ts";

describe("a duration", () => {
  it("is read in Go's notation, and in days", () => {
    const read = ["90s", "5m", "1h30m", "7d", "250ms", "1.5h", "0", "0s"];
    expect(read.map(parseDuration)).to.deep.equal([
      90_000, 300_000, 5_400_000, 604_800_000, 250, 5_400_000, 0, 0,
    ]);
    for (const text of ["", "5", "m", "5 m", "-5m", "5M", "1w", "5m!", "1e3s"])
      expect(parseDuration(text), text).to.equal(undefined);
  });

  it("is shown in at most two units, rounded down", () => {
    const shown: [number, string][] = [
      [-5, "0s"],
      [45_999, "45s"],
      [119_000, "119s"],
      [330_000, "5m30s"],
      [300_000, "5m"],
      [3_600_000, "60m"],
      [11_520_000, "3h12m"],
      [86_400_000, "24h"],
      [345_600_000, "4d"],
    ];
    for (const [ms, text] of shown) expect(formatDuration(ms)).to.equal(text);
  });
});
