import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
} from "yaml";
import type { Document, Scalar } from "yaml";
import { printable } from "../contract/printable.ts";
import { placeText } from "../field/path.ts";
import type { FieldError } from "../field/field-error.ts";
import type { PathStep, PlaceInside, TextPlace } from "../field/path.ts";
import { fieldMessage } from "../field/field-error.ts";

/** A problem or a warning with its place in a file. */
export interface LocatedProblem extends TextPlace {
  /** As the person named it; `<stdin>` for standard input. */
  readonly file: string;
  readonly message: string;
}

/** The problem as one printable line. Editors and CI systems turn `file:line:column` into a link. */
export function problemLine(
  { file, line, column, message }: LocatedProblem,
  severity = "",
): string {
  return printable(`${file}:${line}:${column}: ${severity}${message}`);
}

/** Adds the place in the file and the name `who` to a problem, whose own path begins at `path` in the object. */
export function locateProblem(
  { file, locate }: { readonly file: string; readonly locate: Locate },
  who: string,
  path: readonly PathStep[],
  problem: FieldError,
): LocatedProblem {
  const { place, isInside } = locate(
    [...path, ...problem.path],
    problem.inside,
  );
  return {
    file,
    ...place,
    message: `${who}: ${messageIn(problem, isInside)}`,
  };
}

/** A line number within the annotation's text is left out, or marked as one, so that it is not read as a line of the file. */
function messageIn(error: FieldError, isInside: boolean): string {
  const { inside } = error;
  const message = fieldMessage(error);
  if (inside === undefined || !("line" in inside)) return message;
  const place = placeText(inside);
  return message.replace(place, isInside ? "" : `in its text, ${place}`);
}

/** A parsed document with its own text, and the place in the file where that begins. */
interface ParsedDocument {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly text: string;
  readonly start: TextPlace;
}

/** A place in a file. */
interface Located {
  readonly place: TextPlace;
  /** True if the place is within a text that is YAML itself. */
  readonly isInside: boolean;
}

/**
 * Finds the place of `path` in a document, or of the nearest parent that exists. `inside` continues the path within a text that is
 * YAML itself, if the lines of that text are known.
 */
export type Locate = (
  path: readonly PathStep[],
  inside?: PlaceInside,
) => Located;

/** A node, and where a reader looks for it: a value of a map at its key. */
interface Found {
  readonly node: unknown;
  readonly offset: number;
}

/** Finds places in one document. Parses each text inside it only once. */
export function locatorOf({
  document,
  lines,
  text,
  start,
}: ParsedDocument): Locate {
  const literals = new Map<Scalar, LiteralText | undefined>();
  let ownLines: readonly string[] | undefined;

  return (path, inside) => {
    const { place, isInside } = inDocument(path, inside);
    return { place: placeFrom(start, place), isInside };
  };

  function inDocument(
    path: readonly PathStep[],
    inside: PlaceInside = [],
  ): Located {
    const { found, complete } = follow(document, path);
    const node = resolved(found.node, document);
    const literal = complete && isScalar(node) ? literalOf(node) : undefined;
    if ("line" in inside)
      return literal
        ? { place: literal.outside(inside), isInside: true }
        : { place: placeOf(found.offset), isInside: false };
    if (literal && inside.length > 0) {
      const { offset } = follow(literal.document(), inside).found;
      return { place: literal.placeOf(offset), isInside: true };
    }
    // The value may be YAML of the file itself, where a text is expected.
    const { offset } = follow(document, [...path, ...inside]).found;
    return { place: placeOf(offset), isInside: false };
  }

  function literalOf(scalar: Scalar): LiteralText | undefined {
    if (!literals.has(scalar)) {
      ownLines ??= text.split("\n");
      const headLine = placeOf(scalar.range?.[0] ?? 0).line;
      literals.set(scalar, literalTextOf(scalar, headLine, ownLines));
    }
    return literals.get(scalar);
  }

  function placeOf(offset: number): TextPlace {
    return placeAt(lines, offset);
  }
}

/** The line and column of an offset. */
export function placeAt(lines: LineCounter, offset: number): TextPlace {
  const { line, col: column } = lines.linePos(offset);
  return { line, column };
}

/** The place in the file of a place in a part of it that begins at `start`. */
export function placeFrom(
  start: TextPlace,
  { line, column }: TextPlace,
): TextPlace {
  return {
    line: start.line + line - 1,
    column: line === 1 ? start.column + column - 1 : column,
  };
}

function follow(
  document: Document,
  path: readonly PathStep[],
): { readonly found: Found; readonly complete: boolean } {
  const { contents } = document;
  let found: Found = {
    node: contents,
    offset: startOf(contents) ?? document.range?.[0] ?? 0,
  };
  for (const step of path) {
    const child = childOf(resolved(found.node, document), step);
    if (child === undefined) return { found, complete: false };
    found = child;
  }
  return { found, complete: true };
}

function childOf(node: unknown, step: PathStep): Found | undefined {
  if (!isCollection(node)) return undefined;
  if (isMap(node)) {
    const pair = node.items.find(
      ({ key }) => String(isScalar(key) ? key.value : key) === String(step),
    );
    const offset = pair && (startOf(pair.key) ?? startOf(pair.value));
    return offset === undefined ? undefined : { node: pair?.value, offset };
  }
  const item: unknown = node.items[Number(step)];
  const offset = isPair(item) ? startOf(item.key) : startOf(item);
  return offset === undefined ? undefined : { node: item, offset };
}

function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A text below a `|` that is YAML itself: its lines are lines of the file. */
interface LiteralText {
  /** The parsed text; parsed at the first call. */
  readonly document: () => Document;
  /** The place in the file of an offset in the text. */
  readonly placeOf: (offset: number) => TextPlace;
  /** The place in the file of a place in the text. */
  readonly outside: (inside: TextPlace) => TextPlace;
}

/** The literal text that begins on line `headLine` of a file with these lines; undefined for a scalar of another style. */
function literalTextOf(
  { type, value }: Scalar,
  headLine: number,
  fileLines: readonly string[],
): LiteralText | undefined {
  if (type !== "BLOCK_LITERAL" || typeof value !== "string") return undefined;
  const lines = value.trimEnd().split("\n");
  const counter = new LineCounter();
  let parsed: Document | undefined;
  const document = (): Document =>
    (parsed ??= parseDocument(value, {
      lineCounter: counter,
      prettyErrors: false,
      logLevel: "silent",
    }));
  const outside = ({ line, column }: TextPlace): TextPlace =>
    // A place below the text's last line is not in the text: use the end of that line.
    line > lines.length
      ? {
          line: headLine + lines.length,
          column: indent + (lines.at(-1)?.length ?? 0) + 1,
        }
      : { line: headLine + line, column: indent + column };
  const indent = indentOf(value.split("\n"), headLine, fileLines);
  return {
    document,
    outside,
    placeOf: (offset) => {
      document();
      return outside(placeAt(counter, offset));
    },
  };
}

/** How far the file indents the lines of the text. */
function indentOf(
  lines: readonly string[],
  headLine: number,
  fileLines: readonly string[],
): number {
  const index = lines.findIndex((line) => line !== "");
  const inFile = fileLines[headLine + index]?.replace(/\r$/, "") ?? "";
  return Math.max(inFile.length - (lines[index]?.length ?? 0), 0);
}
