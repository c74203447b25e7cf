import type { ErrorObject } from "ajv";
import { printable } from "../contract/printable.ts";

/** People do not read more errors, and a hostile body could have thousands. */
const MAX_ERRORS = 10;

/** One line for each schema error in `value`: path, what is wrong, and the value found there, such as `request.uid must be string, not 7`. */
export function describeSchemaErrors(
  errors: readonly ErrorObject[],
  value: unknown,
): string[] {
  return errors.slice(0, MAX_ERRORS).map((error) => {
    const steps = error.instancePath.split("/").slice(1).map(unescapePointer);
    const path = printable(steps.join(".")) || "the body";
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
      ? `${path} ${wanted}`
      : `${path} ${wanted}, not ${shown(valueAt(value, steps))}`;
  });
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null
        ? (at as Record<string, unknown>)[step]
        : undefined,
    value,
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return printable(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-4 */
function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
