import { expect } from "chai";
import { formatDuration } from "../../../functions/kubernetes/duration.ts";

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
