import { printable, quoted } from "../contract/printable.ts";
import { fieldsOf } from "./value.ts";

/** A key of an object or an index of an array. */
export type PathStep = string | number;

/** A place in a text, line and column both counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A place in the text of an annotation: a path in its YAML, or line and column if the text is not YAML. */
export type PlaceInside = readonly PathStep[] | TextPlace;

/** `spec.template`, `spec.volumes[0]`, `metadata.labels["example.com/team"]`. */
export function pathText(path: readonly PathStep[]): string {
  return path.reduce<string>(
    (text, step) =>
      text + (text === "" ? printable(String(step)) : stepText(step)),
    "",
  );
}

/** The steps of a JSON pointer into `root`. An index of an array becomes a number. https://www.rfc-editor.org/rfc/rfc6901#section-4 */
export function pathOf(pointer: string, root: unknown): PathStep[] {
  const path: PathStep[] = [];
  for (const text of pointer.split("/").slice(1)) {
    const key = text.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(valueAt(root, path)) ? Number(key) : key);
  }
  return path;
}

/** The value at `path` in `root`; undefined when there is none. */
export function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      Array.isArray(at) ? (at[Number(step)] as unknown) : fieldsOf(at)[step],
    root,
  );
}

/** How a message names a place in the annotation's text. A caller that shows another place removes it. */
export function placeText({ line, column }: TextPlace): string {
  return `line ${line}, column ${column}: `;
}

function stepText(step: PathStep): string {
  if (typeof step === "number") return `[${step}]`;
  return /^[A-Za-z]\w*$/.test(step) ? `.${step}` : `[${quoted(step)}]`;
}
