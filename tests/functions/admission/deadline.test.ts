import { expect } from "chai";
import { timeForWork } from "../../../functions/admission/deadline.ts";

describe("timeForWork", () => {
  const cases = [
    { timeout: "10s", ms: 9_500 },
    { timeout: "30s", ms: 29_500 },
    { timeout: "1s", ms: 800 },
    { timeout: "0m15s", ms: 14_500 },
    { timeout: "1h", ms: 29_500 },
    { timeout: undefined, ms: 9_500 },
    { timeout: "soon", ms: 9_500 },
    { timeout: "0s", ms: 9_500 },
    { timeout: ["10s", "20s"], ms: 9_500 },
  ];
  for (const { timeout, ms } of cases) {
    it(`W12: gives ${ms} ms for the time-out ${JSON.stringify(timeout)}`, () => {
      expect(timeForWork(timeout)).to.equal(ms);
    });
  }
});
