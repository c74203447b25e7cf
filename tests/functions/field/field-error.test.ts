import { Ajv } from "ajv";
import { expect } from "chai";
import { printable, quoted } from "../../../functions/contract/printable.ts";
import {
  annotationError,
  annotationTextError,
  describeErrors,
} from "../../../functions/field/field-error.ts";
import { describeSchemaErrors } from "../../../functions/field/schema-errors.ts";

describe("field errors", () => {
  it("are shown in one line, and counted after the fiftieth", () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      annotationError(`key-${index}`, "is missing"),
    );
    const text = describeErrors([
      annotationTextError("a/b", "is wrong"),
      ...many,
    ]);
    expect(text).to.match(
      /^annotation a\/b: is wrong; annotation key-0 is missing; .*; annotation key-48 is missing; and 11 more$/,
    );
  });

  it("show each invisible character as an escape", function () {
    // All of Unicode: a second, or more on a busy machine.
    this.timeout(60_000);
    const all = Array.from({ length: 0x11_00_00 }, (_, code) =>
      String.fromCodePoint(code),
    );
    expect(printable(all.join(""))).not.to.match(
      /[^\P{White_Space} ]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{C}|\u2800/u,
    );
    expect(printable("a é 日🚀\u0301")).to.equal("a é 日🚀\u0301");
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
    ["a\u200b\u{e0041}", String.raw`"a\u200b\u{e0041}"`],
    ["\u001b[2J\u009b\u007f\n", String.raw`"\u001b[2J\u009b\u007f\n"`],
    ["\ud800", String.raw`"\ud800"`],
    ["é 日本 🚀 e\u0301", '"é 日本 🚀 e\u0301"'],
    [{ "a\u200b": "\u2066" }, String.raw`{"a\u200b":"\u2066"}`],
    [1, "1"],
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

describe("describeSchemaErrors", () => {
  const validate = new Ajv({ allErrors: true }).compile({
    type: "object",
    properties: {
      operation: { enum: ["CREATE", "DELETE"] },
      labels: { type: "object", additionalProperties: { type: "number" } },
    },
    required: ["uid"],
  });
  const OPERATION = 'operation must be "CREATE" or "DELETE", not';
  const cases: [value: object, messages: string[]][] = [
    [
      { operation: "PATCH" },
      ["the body must have required property 'uid'", `${OPERATION} "PATCH"`],
    ],
    [
      { uid: "a", operation: "CREATE\u00a0", labels: { "a\u202eb": "\u200b" } },
      [
        String.raw`${OPERATION} "CREATE\u00a0"`,
        String.raw`labels.a\u202eb must be number, not "\u200b"`,
      ],
    ],
    [
      { uid: "a", operation: "x".repeat(99) },
      [`${OPERATION} "${"x".repeat(59)}…`],
    ],
  ];
  for (const [value, messages] of cases)
    it(`names path, rule and value of ${JSON.stringify(value).slice(0, 40)}`, () => {
      validate(value);
      expect(describeSchemaErrors(validate.errors ?? [], value)).to.deep.equal(
        messages,
      );
    });
});
