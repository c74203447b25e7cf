import { printable } from "../contract/printable.ts";

/** A key of an object or an index of an array. */
export type PathStep = string | number;

/** A place in a text, line and column both counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a Pod, worded for the person at kubectl. */
export interface Problem {
  /** The whole sentence: where it is, the value found there, what to do. */
  readonly message: string;
  /** The way from the Pod to the place, such as `metadata`, `annotations` and the key. */
  readonly path: readonly PathStep[];
  /** The way on from there inside the annotation's YAML, or the place in its text where that is none. */
  readonly inside?: PlaceInside;
}

/** Where in an annotation's text something is. */
export type PlaceInside = readonly PathStep[] | TextPlace;

/** More would drown the reader, and an event shows the first kilobyte only. */
const MAX_SHOWN = 50;

/** What is wrong with the annotation `key`; `says` goes on after the key. */
export function annotationProblem(
  key: string,
  says: string,
  inside?: PlaceInside,
): Problem {
  return {
    message: `annotation ${key}${says}`,
    path: ["metadata", "annotations", key],
    ...(inside && { inside }),
  };
}

/** How a message names a place in the annotation's text; who shows another place for it takes this out. */
export function placeText({ line, column }: TextPlace): string {
  return `line ${line}, column ${column}: `;
}

/** All problems in one line. */
export function describeProblems(problems: readonly Problem[]): string {
  return inOneLine(problems.map(({ message }) => message));
}

/** Messages in one line that is printable, the first of them when there are very many. */
export function inOneLine(messages: readonly string[]): string {
  const hidden = messages.length - MAX_SHOWN;
  return printable(
    [
      ...messages.slice(0, MAX_SHOWN),
      ...(hidden > 0 ? [`and ${hidden} more`] : []),
    ].join("; "),
  );
}
