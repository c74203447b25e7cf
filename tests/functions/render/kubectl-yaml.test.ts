import { expect } from "chai";
import { plainScalar } from "../../../functions/render/kubectl-yaml.ts";

describe("plainScalar", () => {
  const cases: readonly (readonly [text: string, value: unknown])[] = [
    ["web", "web"],
    ["10Gi", "10Gi"],
    ["", null],
    ["~", null],
    ["Null", null],
    ["on", true],
    ["Off", false],
    ["y", true],
    ["yellow", "yellow"],
    ["0", 0],
    ["-5", -5],
    ["+1", 1],
    ["0644", 420],
    ["0o644", 420],
    ["0x1F", 31],
    ["-0x10", -16],
    ["0b11", 3],
    ["08", 8],
    ["1_000", 1000],
    [".5", 0.5],
    ["1.", 1],
    ["12e03", 12_000],
    ["1e", "1e"],
    ["0x", "0x"],
    ["-", "-"],
    ["22:30", "22:30"],
    ["2026-01-01", "2026-01-01"],
  ];
  for (const [text, value] of cases)
    it(`takes ${text || "nothing"} for ${JSON.stringify(value)}`, () => {
      expect(plainScalar(text)).to.equal(value);
    });
});
