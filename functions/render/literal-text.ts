import { LineCounter, parseDocument } from "yaml";
import type { Document, Scalar } from "yaml";
import type { TextPlace } from "../field/problem.ts";

/** A text that is YAML itself, below a `|`: its lines stand in the file as they are in it. */
export interface LiteralText {
  /** It parsed; asked for again, it is not parsed again. */
  readonly document: () => Document;
  /** The place in the file of an offset in the text. */
  readonly placeOf: (offset: number) => TextPlace;
  /** The place in the file of a place in the text. */
  readonly outside: (inside: TextPlace) => TextPlace;
}

/** The text of a scalar that begins on line `headLine` of a file with these lines; nothing for one that is not literal. */
export function literalTextOf(
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
    // Below the last line the file goes on with something else.
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
      const { line, col: column } = counter.linePos(offset);
      return outside({ line, column });
    },
  };
}

/** How much further to the right than in the text its lines stand in the file. */
function indentOf(
  lines: readonly string[],
  headLine: number,
  fileLines: readonly string[],
): number {
  const index = lines.findIndex((line) => line !== "");
  const inFile = fileLines[headLine + index]?.replace(/\r$/, "") ?? "";
  return Math.max(inFile.length - (lines[index]?.length ?? 0), 0);
}
