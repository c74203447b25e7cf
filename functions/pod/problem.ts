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

/** More of a value would drown the message; counted in characters, as people see them, not in UTF-16 units. */
const MAX_VALUE_LENGTH = 100;

/**
 * What a terminal obeys, or what nobody sees: everything but letters, marks, digits, punctuation, symbols and the plain space,
 * and those among them that have no shape or change the one before them. The early-feedback policy has the same classes.
 */
const UNPRINTABLE =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180D\u180F\u2800\u3164\uFFA0]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** The text in one line that a terminal shows as it is: each character that is not printable as an escape of JavaScript, such as \u200b. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The first character in `text` that nobody sees, as its escape; line ends and tabs are known to everybody. */
export function invisibleIn(text: string): string | undefined {
  const found = (text.match(UNPRINTABLE) ?? []).find(
    (character) => !(character in SHORT_ESCAPES),
  );
  return found && escaped(found);
}

/** A value as people see it: as JSON, cut where it is long enough to drown the message, and printable. */
export function quoted(value: unknown): string {
  if (typeof value === "string") return printable(JSON.stringify(cut(value)));
  // JSON has no word for a number that is too large.
  const text =
    typeof value === "number"
      ? String(value)
      : (JSON.stringify(value) ?? "nothing");
  return printable(cut(text));
}

/** As much of a value as a message shows. */
export function cut(text: string): string {
  if (text.length <= MAX_VALUE_LENGTH) return text;
  // A character takes two units at most.
  const characters = Array.from(text.slice(0, 2 * MAX_VALUE_LENGTH + 2));
  return characters.length > MAX_VALUE_LENGTH
    ? `${characters.slice(0, MAX_VALUE_LENGTH).join("")}…`
    : text;
}

function escaped(character: string): string {
  const { [character]: short } = SHORT_ESCAPES;
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
