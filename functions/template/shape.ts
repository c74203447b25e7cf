import type { ErrorObject } from "ajv";
import schema from "./claim-template.schema.generated.json" with { type: "json" };
import { validate } from "./claim-template.validate.generated.js";
import type { FieldError } from "../field/field-error.ts";
import { pathOf, valueAt } from "../field/path.ts";
import type { PathStep } from "../field/path.ts";
import { rejectedValue } from "../field/value.ts";

/** The part of JSON schema that the generated schema uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/** Advice for the types that people get wrong most often. */
const HINTS: Readonly<Record<string, string>> = {
  string: "a text; write it in quotes",
  array: "a list, such as [ReadWriteOnce]",
  object: "an object with fields of its own",
  "string or number": "a quantity, such as 10Gi",
};

/** The errors that the schema of the claim API finds in one template: unknown fields, missing fields and wrong types. */
export function shapeErrors(template: unknown): FieldError[] {
  if (validate(template)) return [];
  return (validate.errors ?? []).map((error) => fieldErrorOf(error, template));
}

function fieldErrorOf(error: ErrorObject, template: unknown): FieldError {
  const path = pathOf(error.instancePath, template);
  const value = valueAt(template, path);
  const { params } = error;
  const rejected = (detail: string): FieldError => ({
    path,
    value,
    detail: typeof value === "string" ? rejectedValue(value, detail) : detail,
  });
  switch (error.keyword) {
    case "additionalProperties": {
      const field = String(params["additionalProperty"]);
      const known = Object.keys(schemaAt(path).properties ?? {}).join(", ");
      return {
        path: [...path, field],
        value: valueAt(value, [field]),
        detail: `is not a field of a template; known here are ${known}`,
      };
    }
    case "required": {
      const field = String(params["missingProperty"]);
      return {
        path: [...path, field],
        detail:
          path[0] === "metadata" && field === "name"
            ? "is missing: it gives the name of the Pod volume that becomes a claim"
            : "is missing",
      };
    }
    case "enum":
      return rejected(
        `is not supported; known are ${(params["allowedValues"] as string[]).join(", ")}`,
      );
    case "const":
      return rejected(`must be ${String(params["allowedValue"])} or left out`);
    default: {
      const wanted = [params["type"] as string | string[]].flat().join(" or ");
      return rejected(`must be ${HINTS[wanted] ?? wanted}`);
    }
  }
}

function schemaAt(path: readonly PathStep[]): Schema {
  return path.reduce<Schema>((at, step) => {
    if (typeof step === "number") return at.items ?? {};
    const { additionalProperties: others } = at;
    return at.properties?.[step] ?? (typeof others === "object" ? others : {});
  }, schema as Schema);
}
