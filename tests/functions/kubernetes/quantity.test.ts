import { expect } from "chai";
import { parseQuantity } from "../../../functions/kubernetes/quantity.ts";

describe("parseQuantity", () => {
  const good: [string, number][] = [
    ["10Gi", 10 * 2 ** 30],
    ["500M", 5e8],
    ["1.5Ti", 1.5 * 2 ** 40],
    ["1e3", 1000],
    ["12E", 12e18],
    ["100m", 0.1],
    ["0", 0],
    ["-1Gi", -(2 ** 30)],
    [".5Gi", 2 ** 29],
    ["5.", 5],
    ["128974848", 128974848],
  ];
  for (const [text, value] of good) {
    it(`reads ${text}`, () => {
      expect(parseQuantity(text)).to.be.closeTo(value, Math.abs(value) * 1e-12);
    });
  }

  for (const text of [
    "",
    "Gi",
    "10GB",
    "10 Gi",
    "10gi",
    "ten",
    "1.2.3Gi",
    "1e",
    "0x10",
    "10Gi ",
    "NaN",
    "Infinity",
    "1e3Gi",
  ]) {
    it(`rejects ${JSON.stringify(text)}`, () => {
      expect(parseQuantity(text)).to.equal(undefined);
    });
  }
});
