import type { TextPlace } from "../field/problem.ts";
import { printable } from "../contract/printable.ts";

/** Something to be told about a place in a file. */
export interface LocatedProblem extends TextPlace {
  /** As the person named it; `<stdin>` for standard input. */
  readonly file: string;
  readonly message: string;
}

/** The problem in one printable line, in the form that editors and CI systems make a link of. */
export function problemLine(
  { file, line, column, message }: LocatedProblem,
  severity = "",
): string {
  return printable(`${file}:${line}:${column}: ${severity}${message}`);
}
