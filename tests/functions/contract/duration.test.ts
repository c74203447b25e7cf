import { expect } from "chai";
import {
  formatDuration,
  parseDuration,
} from "../../../functions/contract/duration.ts";

describe("parseDuration", () => {
  const good: [string, number][] = [
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["7d", 604_800_000],
    ["250ms", 250],
    ["1.5h", 5_400_000],
    ["0", 0],
    ["0s", 0],
  ];
  for (const [text, ms] of good) {
    it(`reads ${text}`, () => {
      expect(parseDuration(text)).to.equal(ms);
    });
  }
  for (const text of ["", "5", "m", "5 m", "-5m", "5M", "1w", "5m!", "1e3s"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseDuration(text)).to.equal(undefined);
    });
  }
});

describe("formatDuration", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [45_999, "45s"],
    [119_000, "119s"],
    [330_000, "5m30s"],
    [300_000, "5m"],
    [3_600_000, "60m"],
    [11_520_000, "3h12m"],
    [86_400_000, "24h"],
    [345_600_000, "4d"],
    [-5, "0s"],
  ];
  for (const [ms, text] of cases) {
    it(`shows ${ms} ms as ${text}`, () => {
      expect(formatDuration(ms)).to.equal(text);
    });
  }
});
