import { parseQuantity } from "../kubernetes/quantity.ts";
import type { PathStep } from "../field/problem.ts";
import { quantityProblem, storageProblem } from "./field-rules.ts";
import type { Finding } from "../field/finding.ts";
import { fieldsOf, ruled } from "../field/finding.ts";

/** What is wrong with `spec.resources`. */
export function* resourcesFindings(value: unknown): Generator<Finding> {
  const path: readonly PathStep[] = ["spec", "resources"];
  const resources = fieldsOf(value);
  const requests = fieldsOf(resources["requests"]);
  const limits = fieldsOf(resources["limits"]);

  if (requests["storage"] === undefined)
    yield {
      path: [...path, "requests", "storage"],
      says: "is missing: it gives the size of each claim, such as 10Gi",
    };
  for (const [name, request] of Object.entries(requests))
    yield* amountFindings(
      request,
      [...path, "requests", name],
      name === "storage" ? storageProblem : quantityProblem,
    );
  for (const [name, limit] of Object.entries(limits)) {
    const place = [...path, "limits", name];
    yield* amountFindings(limit, place, quantityProblem);
    const [most, least] = [sizeOf(limit), sizeOf(requests[name])];
    if (most !== undefined && least !== undefined && most < least)
      yield {
        path: place,
        value: limit,
        says: `is less than the request of ${String(requests[name])}`,
      };
  }
}

/** A quantity as the API server stores it: YAML has numbers as well as texts. */
export function quantityText(value: unknown): string {
  return typeof value === "number" ? String(value) : (value as string);
}

function* amountFindings(
  value: unknown,
  path: readonly PathStep[],
  rule: (text: string) => string | undefined,
): Generator<Finding> {
  if (typeof value !== "number") {
    yield* ruled(value, path, rule);
  } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    // Its last digits are lost by now; what would be asked for is not what was written.
    yield {
      path,
      value,
      says: "is too large for a number; write it with a unit, like 16Pi",
    };
  } else {
    const says = rule(String(value));
    if (says !== undefined) yield { path, value, says };
  }
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === "number" || typeof value === "string"
    ? parseQuantity(String(value))
    : undefined;
}
