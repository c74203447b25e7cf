import type { ErrorObject } from "ajv";
import type { PathStep } from "../field/problem.ts";
import schema from "./claim-template.schema.generated.json" with { type: "json" };
import { validate } from "./claim-template.validate.generated.js";
import type { Finding } from "../field/finding.ts";
import { fieldsOf } from "../field/finding.ts";
import { refusedValue } from "../field/refused-value.ts";

/** The part of JSON schema that the generated schema uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/** What to do about a type that is wrong in the way people most often get it wrong. */
const HINTS: Readonly<Record<string, string>> = {
  string: "a text; write it in quotes",
  array: "a list, such as [ReadWriteOnce]",
  object: "an object with fields of its own",
  "string or number": "a quantity, such as 10Gi",
};

/** What the schema of the claim API finds wrong with one template: fields that do not exist, are missing or of the wrong type. */
export function shapeFindings(template: unknown): Finding[] {
  if (validate(template)) return [];
  return (validate.errors ?? []).map((error) => findingOf(error, template));
}

/** The same without fields that are null, which Kubernetes takes for absent; Helm and kubectl write them, such as `creationTimestamp: null`. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) =>
      child === null ? [] : [[key, withoutNulls(child)]],
    ),
  );
}

function findingOf(error: ErrorObject, template: unknown): Finding {
  const path = stepsOf(error.instancePath, template);
  const value = path.reduce<unknown>(childAt, template);
  const { params } = error;
  const refused = (says: string): Finding => ({
    path,
    value,
    says: typeof value === "string" ? refusedValue(value, says) : says,
  });
  switch (error.keyword) {
    case "additionalProperties": {
      const field = String(params["additionalProperty"]);
      const known = Object.keys(schemaAt(path).properties ?? {}).join(", ");
      return {
        path: [...path, field],
        value: childAt(value, field),
        says: `is not a field of a template; known here are ${known}`,
      };
    }
    case "required": {
      const field = String(params["missingProperty"]);
      return {
        path: [...path, field],
        says:
          path[0] === "metadata" && field === "name"
            ? "is missing: it gives the name of the Pod volume that becomes a claim"
            : "is missing",
      };
    }
    case "enum":
      return refused(
        `is not supported; known are ${(params["allowedValues"] as string[]).join(", ")}`,
      );
    case "const":
      return refused(`must be ${String(params["allowedValue"])} or left out`);
    default: {
      const wanted = [params["type"] as string | string[]].flat().join(" or ");
      return refused(`must be ${HINTS[wanted] ?? wanted}`);
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

/** The steps of a JSON pointer; an index of an array becomes a number: https://www.rfc-editor.org/rfc/rfc6901#section-4 */
function stepsOf(pointer: string, root: unknown): PathStep[] {
  const steps: PathStep[] = [];
  let at = root;
  for (const text of pointer.split("/").slice(1)) {
    const key = text.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = Array.isArray(at) ? Number(key) : key;
    steps.push(step);
    at = childAt(at, step);
  }
  return steps;
}

function childAt(value: unknown, step: PathStep): unknown {
  return Array.isArray(value)
    ? (value[Number(step)] as unknown)
    : fieldsOf(value)[step];
}
