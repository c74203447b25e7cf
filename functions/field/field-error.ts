import { printable, quoted } from "../contract/printable.ts";
import { pathText } from "./path.ts";
import type { PathStep, PlaceInside } from "./path.ts";
import { rejectedValue } from "./value.ts";

/** What is wrong with one field. A warning has the same form. */
export interface FieldError {
  /** The path from the object to the field, such as `metadata`, `annotations` and a key. */
  readonly path: readonly PathStep[];
  /** The value of the field; absent where the field is missing or the message does not show it. */
  readonly value?: unknown;
  /** The rest of the sentence that begins with field and value. */
  readonly detail: string;
  /** How the message names the field [default: by its path]; empty when the detail is the whole sentence. */
  readonly subject?: string;
  /** The place in the text of the annotation at `path`. */
  readonly inside?: PlaceInside;
}

/** A value as far as it could be read, and what is wrong with the rest. */
export interface Checked<T> {
  readonly value: T;
  readonly problems: readonly FieldError[];
}

/** People do not read more messages, and an event shows only the first kilobyte. */
const MAX_SHOWN = 50;

/** `spec.accessModes[0]: "RWO" is ...`, or `metadata.name is missing ...` when there is no value. */
export function fieldMessage({
  path,
  value,
  detail,
  subject = pathText(path),
}: FieldError): string {
  const [start, rest] =
    value === undefined
      ? [subject, detail]
      : [subject && `${subject}:`, `${quoted(value)} ${detail}`];
  return start === "" ? rest : `${start} ${rest}`;
}

/** All errors in one line. */
export function describeErrors(errors: readonly FieldError[]): string {
  return inOneLine(errors.map(fieldMessage));
}

/** The messages in one printable line. If there are too many, it has the first ones and the number of the others. */
export function inOneLine(messages: readonly string[]): string {
  const hidden = messages.length - MAX_SHOWN;
  return printable(
    [
      ...messages.slice(0, MAX_SHOWN),
      ...(hidden > 0 ? [`and ${hidden} more`] : []),
    ].join("; "),
  );
}

/** An error in the annotation `key` of a Pod. The message shows `value` when it is given. */
export function annotationError(
  key: string,
  detail: string,
  value?: unknown,
): FieldError {
  return {
    path: annotationPath(key),
    subject: annotationSubject(key),
    ...(value !== undefined && { value }),
    detail,
  };
}

/** An error in the annotation `key` whose value is too long to be shown, or is not a text. */
export function annotationTextError(
  key: string,
  detail: string,
  inside?: PlaceInside,
): FieldError {
  return {
    path: annotationPath(key),
    subject: `${annotationSubject(key)}:`,
    detail,
    ...(inside && { inside }),
  };
}

/** `error`, whose path begins at an item of the array in the annotation `key`, as an error of the Pod. Messages call the item `item`. */
export function itemError(
  key: string,
  index: number,
  item: string,
  error: FieldError,
): FieldError {
  const names = [annotationSubject(key), item, pathText(error.path)];
  return {
    ...error,
    path: annotationPath(key),
    subject: names.filter((name) => name !== "").join(": "),
    inside: [index, ...error.path],
  };
}

/** The error when `rule` rejects a text. The schema reports a value that is not a text. */
export function textErrors(
  value: unknown,
  path: readonly PathStep[],
  rule: (text: string) => string | undefined,
): FieldError[] {
  if (typeof value !== "string") return [];
  const detail = rule(value);
  return detail === undefined
    ? []
    : [{ path, value, detail: rejectedValue(value, detail) }];
}

/** True when `error` is at the place of `other` or below it. */
export function isWithin(error: FieldError, other: FieldError): boolean {
  return other.path.every((step, index) => error.path[index] === step);
}

function annotationPath(key: string): readonly PathStep[] {
  return ["metadata", "annotations", key];
}

function annotationSubject(key: string): string {
  return `annotation ${key}`;
}
