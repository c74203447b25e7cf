import type { ErrorObject } from "ajv";
import { printable } from "../contract/printable.ts";
import { pathOf, valueAt } from "./path.ts";

/** People do not read more errors, and a hostile body could have thousands. */
const MAX_ERRORS = 10;

/** One line for each schema error in `value`: path, what is wrong, and the value found there, such as `request.uid must be string, not 7`. */
export function describeSchemaErrors(
  errors: readonly ErrorObject[],
  value: unknown,
): string[] {
  return errors.slice(0, MAX_ERRORS).map((error) => {
    const path = pathOf(error.instancePath, value);
    const subject = printable(path.join(".")) || "the body";
    const allowed: unknown =
      error.params["allowedValues"] ?? error.params["allowedValue"];
    const wanted =
      allowed === undefined
        ? (error.message ?? error.keyword)
        : `must be ${[allowed]
            .flat()
            .map((one) => JSON.stringify(one))
            .join(" or ")}`;
    return error.keyword === "required"
      ? `${subject} ${wanted}`
      : `${subject} ${wanted}, not ${shown(valueAt(value, path))}`;
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return printable(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
