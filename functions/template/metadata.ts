import {
  isAnnotationKey,
  isLabelKey,
  isLabelValue,
} from "../kubernetes/label-syntax.ts";
import {
  CLAIM_LABEL_PREFIX,
  HOLD_KEY,
  MANAGED_LABEL,
  MANAGED_VALUE,
  TEMPLATE_NAME,
  TEMPLATE_PREFIX,
} from "../contract/keys.ts";
import type { PathStep } from "../field/problem.ts";
import type { Finding } from "../field/finding.ts";
import { fieldsOf, listOf, ruled } from "../field/finding.ts";
import { LIFE_CYCLE_KEYS, lifeCycleProblem } from "./life-cycle.ts";
import { refusedValue } from "../field/refused-value.ts";

/** What the API server allows the annotations of one object together, in bytes. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

const BAD_VALUE =
  "is not a label value: use at most 63 letters, digits, dashes, underscores and dots";
const BAD_KEY =
  "stands under a key that Kubernetes does not allow: use at most 63 letters, digits, dashes, underscores and dots, after a DNS name and a slash or alone";

/** What is wrong with `metadata.labels`; `volume` is the template's name. */
export function* labelFindings(
  labels: unknown,
  volume: unknown,
): Generator<Finding> {
  const ours = new Map<string, unknown>([
    [MANAGED_LABEL, MANAGED_VALUE],
    [TEMPLATE_NAME, volume],
  ]);
  const path: readonly PathStep[] = ["metadata", "labels"];
  yield* labelSyntaxFindings(labels, path);
  for (const [key, value] of Object.entries(fieldsOf(labels))) {
    const says = ours.has(key)
      ? value === ours.get(key)
        ? undefined
        : "is not for templates: stateful-deployments sets this label itself; leave it out"
      : reservedProblem(key);
    if (says !== undefined) yield { path: [...path, key], value, says };
  }
}

/** What is wrong with `metadata.annotations`. */
export function* annotationFindings(annotations: unknown): Generator<Finding> {
  const path: readonly PathStep[] = ["metadata", "annotations"];
  let bytes = 0;
  for (const [key, value] of Object.entries(fieldsOf(annotations))) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value));
    const says = !isAnnotationKey(key)
      ? BAD_KEY
      : LIFE_CYCLE_KEYS.includes(key)
        ? typeof value === "string"
          ? lifeCycleValueProblem(key, value)
          : undefined
        : reservedProblem(key);
    if (says !== undefined) yield { path: [...path, key], value, says };
  }
  // Aliases can make much of a short text.
  if (bytes > MAX_ANNOTATION_BYTES)
    yield {
      path,
      says: `have ${bytes} bytes together; Kubernetes allows ${MAX_ANNOTATION_BYTES}`,
    };
}

/** What is wrong with `spec.selector`. */
export function* selectorFindings(selector: unknown): Generator<Finding> {
  const path: readonly PathStep[] = ["spec", "selector"];
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  yield* labelSyntaxFindings(matchLabels, [...path, "matchLabels"]);
  for (const [index, expression] of listOf(matchExpressions).entries())
    yield* requirementFindings(fieldsOf(expression), [
      ...path,
      "matchExpressions",
      index,
    ]);
}

function* requirementFindings(
  { key, operator, values }: ReturnType<typeof fieldsOf>,
  path: readonly PathStep[],
): Generator<Finding> {
  yield* ruled(key, [...path, "key"], (text) =>
    isLabelKey(text) ? undefined : "is not a label key",
  );
  const given = listOf(values);
  if (operator === "In" || operator === "NotIn") {
    if (given.length === 0)
      yield {
        path: [...path, "values"],
        says: `is missing: ${operator} needs at least one value`,
      };
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (given.length > 0)
      yield {
        path: [...path, "values"],
        value: values,
        says: `contradicts the operator: ${operator} takes no values`,
      };
  } else if (typeof operator === "string") {
    yield* ruled(
      operator,
      [...path, "operator"],
      () => "is none of In, NotIn, Exists, DoesNotExist",
    );
  }
  for (const [index, value] of given.entries())
    yield* ruled(value, [...path, "values", index], labelValueProblem);
}

function* labelSyntaxFindings(
  labels: unknown,
  path: readonly PathStep[],
): Generator<Finding> {
  for (const [key, value] of Object.entries(fieldsOf(labels))) {
    if (!isLabelKey(key)) yield { path: [...path, key], value, says: BAD_KEY };
    yield* ruled(value, [...path, key], labelValueProblem);
  }
}

function labelValueProblem(value: string): string | undefined {
  return isLabelValue(value) ? undefined : BAD_VALUE;
}

function lifeCycleValueProblem(key: string, value: string): string | undefined {
  const says = lifeCycleProblem(key, value);
  return says && refusedValue(value, says);
}

/** A claim may be held from its first day on; every other key under our prefixes is for the programs, or a typing error. */
function reservedProblem(key: string): string | undefined {
  if (key === HOLD_KEY) return undefined;
  if (key.startsWith(TEMPLATE_PREFIX))
    return `stands under an unknown key; a template knows the annotations ${LIFE_CYCLE_KEYS.join(", ")}`;
  return key.startsWith(CLAIM_LABEL_PREFIX)
    ? "stands under a key that stateful-deployments sets itself; leave it out"
    : undefined;
}
