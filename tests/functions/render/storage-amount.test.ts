import { expect } from "chai";
import { parseQuantity } from "../../../functions/kubernetes/quantity.ts";
import { formatStorage } from "../../../functions/render/summary.ts";

describe("formatStorage", () => {
  const cases: readonly (readonly [quantity: string, shown: string])[] = [
    ["0", "0"],
    ["10Gi", "10Gi"],
    ["30720Mi", "30Gi"],
    ["1.5Ti", "1.5Ti"],
    ["500M", "500M"],
    ["1500M", "1.5G"],
    ["1234M", "1234M"],
    ["1T", "1T"],
    ["512", "512"],
    ["0.5", "0.5"],
    ["10737418241", "10.00Gi"],
    ["100000000001", "93.13Gi"],
  ];
  for (const [quantity, shown] of cases)
    it(`shows ${quantity} as ${shown}`, () => {
      expect(formatStorage(parseQuantity(quantity) ?? Number.NaN)).to.equal(
        shown,
      );
    });
});
