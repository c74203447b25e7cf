import { expect } from "chai";
import { parseQuantity } from "../../../functions/contract/quantity.ts";

describe("parseQuantity", () => {
  it("reads each unit, fractions and exponents", () => {
    const good: Readonly<Record<string, number>> = {
      "10Gi": 10 * 2 ** 30,
      "500M": 5e8,
      "1.5Ti": 1.5 * 2 ** 40,
      "1e3": 1000,
      "12E": 12e18,
      "100m": 0.1,
      "0": 0,
      "-1Gi": -(2 ** 30),
      ".5Gi": 2 ** 29,
      "5.": 5,
      "128974848": 128974848,
    };
    for (const [text, value] of Object.entries(good))
      expect(parseQuantity(text), text).to.be.closeTo(
        value,
        Math.abs(value) * 1e-12,
      );
  });

  const bad: Readonly<Record<string, readonly string[]>> = {
    "no number": ["", "Gi", "ten", "NaN", "Infinity"],
    "an unknown unit": ["10GB", "10gi", "1e", "1e3Gi", "0x10"],
    "blanks or a second point": ["10 Gi", "10Gi ", "1.2.3Gi"],
  };
  for (const [what, texts] of Object.entries(bad))
    it(`rejects ${what}`, () => {
      for (const text of texts)
        expect(parseQuantity(text), text).to.equal(undefined);
    });
});
