import { Ajv } from "ajv";
import { expect } from "chai";
import { describeSchemaErrors } from "../../../functions/field/schema-errors.ts";

const validate = new Ajv({ allErrors: true }).compile({
  type: "object",
  properties: {
    uid: { type: "string" },
    operation: { enum: ["CREATE", "DELETE"] },
    labels: { additionalProperties: { type: "number" } },
  },
  required: ["uid"],
});

function said(value: unknown): string[] {
  validate(value);
  return describeSchemaErrors(validate.errors ?? [], value);
}

describe("describeSchemaErrors", () => {
  it("names path, rule and value", () => {
    expect(said({ operation: "PATCH" })).to.deep.equal([
      "the body must have required property 'uid'",
      'operation must be "CREATE" or "DELETE", not "PATCH"',
    ]);
  });

  it("shows characters that nobody sees as escapes, in values and in paths", () => {
    expect(
      said({
        uid: "a",
        operation: "CREATE\u00a0",
        labels: { "a\u202eb": "\u200b" },
      }),
    ).to.deep.equal([
      String.raw`operation must be "CREATE" or "DELETE", not "CREATE\u00a0"`,
      String.raw`labels.a\u202eb must be number, not "\u200b"`,
    ]);
  });

  it("cuts a long value", () => {
    expect(said({ uid: "a", operation: "x".repeat(99) })).to.deep.equal([
      `operation must be "CREATE" or "DELETE", not "${"x".repeat(59)}…`,
    ]);
  });
});
