import { pathText } from "./path-text.ts";
import { quoted } from "../contract/printable.ts";
import type { PathStep } from "./problem.ts";
import { refusedValue } from "./refused-value.ts";

/** Something wrong inside one template of the full form. */
export interface Finding {
  /** The way from the template to the field. */
  readonly path: readonly PathStep[];
  /** What stands there; nothing for a field that is missing. */
  readonly value?: unknown;
  /** The rest of the sentence that begins with field and value. */
  readonly says: string;
}

/** An object of which nothing is known: what is of the wrong type was found by the schema already, and counts as absent. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object; a list and null are none. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The finding that `rule` makes of a text; anything else than a text is none of its business. */
export function* ruled(
  value: unknown,
  path: readonly PathStep[],
  rule: (text: string) => string | undefined,
): Generator<Finding> {
  const says = typeof value === "string" ? rule(value) : undefined;
  if (says !== undefined)
    yield { path, value, says: refusedValue(value as string, says) };
}

/** `spec.accessModes[0]: "RWO" is ...`, or `metadata.name is missing ...` when there is no value. */
export function describeFinding({ path, value, says }: Finding): string {
  const field = pathText(path);
  const subject = field === "" ? [] : [field];
  return value === undefined
    ? [...subject, says].join(" ")
    : [...subject, `${quoted(value)} ${says}`].join(": ");
}

/** True when `finding` is at the place of `other` or below it. */
export function isWithin(finding: Finding, other: Finding): boolean {
  return other.path.every((step, index) => finding.path[index] === step);
}
