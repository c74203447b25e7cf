import { expect } from "chai";
import { printable, quoted } from "../../../functions/contract/printable.ts";
import {
  annotationError,
  annotationTextError,
  describeErrors,
} from "../../../functions/field/field-error.ts";

describe("field errors", () => {
  it("are told in one line", () => {
    expect(
      describeErrors([
        annotationTextError("a/b", "is wrong"),
        annotationError("a/c", "is missing"),
      ]),
    ).to.equal("annotation a/b: is wrong; annotation a/c is missing");
  });

  it("are counted where there are more than anybody reads", () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      annotationError(`key-${index}`, "is missing"),
    );
    expect(describeErrors(many)).to.match(
      /annotation key-49 is missing; and 10 more$/,
    );
  });

  it("hold no character that a terminal obeys, or that nobody sees", () => {
    const shown: string[] = [];
    for (let code = 0; code <= 0x10_ff_ff; code += 1) {
      const character = String.fromCodePoint(code);
      if (printable(character) === character) shown.push(character);
    }
    expect(shown.join("")).not.to.match(
      /[^\P{White_Space} ]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{C}|\u2800/u,
    );
    expect(shown).to.include.members(["a", " ", "é", "日", "🚀", "\u0301"]);
    expect(
      describeErrors([annotationTextError("a\u200b", "is\nwrong")]),
    ).to.equal(String.raw`annotation a\u200b: is\nwrong`);
  });

  const values: [unknown, string][] = [
    ["fast", '"fast"'],
    ["x".repeat(101), `"${"x".repeat(100)}…"`],
    // Characters count as people see them, and none is cut in half.
    ["🚀".repeat(100), `"${"🚀".repeat(100)}"`],
    ["🚀".repeat(101), `"${"🚀".repeat(100)}…"`],
    ["10Gi\u00a0", String.raw`"10Gi\u00a0"`],
    ["\u202eiG01", String.raw`"\u202eiG01"`],
    ["a\u200bb\u{e0041}", String.raw`"a\u200bb\u{e0041}"`],
    ["\u001b[2J\u009b\u007f\n", String.raw`"\u001b[2J\u009b\u007f\n"`],
    ["\ud800", String.raw`"\ud800"`],
    ["é 日本 🚀 e\u0301", '"é 日本 🚀 e\u0301"'],
    [{ "a\u200b": "\u2066" }, String.raw`{"a\u200b":"\u2066"}`],
    [1, "1"],
    [Infinity, "Infinity"],
    [-Infinity, "-Infinity"],
    [["a"], '["a"]'],
    [{ a: "x".repeat(200) }, `{"a":"${"x".repeat(94)}…`],
    [undefined, "nothing"],
  ];
  for (const [value, shown] of values)
    it(`show a value as ${shown.slice(0, 20)}`, () => {
      expect(quoted(value)).to.equal(shown);
    });
});
