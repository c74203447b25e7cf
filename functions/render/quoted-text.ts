import { printable } from "../contract/printable.ts";

/** An escape of JavaScript by the number of a character, or any other: a backslash never stands alone in JSON. */
const ESCAPE = /\\(?:u\{([\da-f]+)\}|[^])/g;

/** A value as JSON for people and programs, with escapes for what nobody sees. */
export function jsonText(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 2).split("\n");
  // Strings of JSON do not go over several lines.
  return `${lines.map((line) => withEscapes(line, jsonEscape)).join("\n")}\n`;
}

/** A text in double quotes for YAML, with escapes for what nobody sees: those that kubectl knows, too. */
export function yamlString(text: string): string {
  return withEscapes(
    JSON.stringify(text),
    (code) => `\\U${code.toString(16).padStart(8, "0")}`,
  );
}

/** Of a character beyond 16 bits JSON knows only its two halves. */
function jsonEscape(code: number): string {
  return String.fromCodePoint(code)
    .split("")
    .map((half) => `\\u${half.charCodeAt(0).toString(16)}`)
    .join("");
}

/** A line of JSON that is printable; `escape` gives what has no escape that JSON and JavaScript share. */
function withEscapes(json: string, escape: (code: number) => string): string {
  return printable(json).replaceAll(ESCAPE, (whole, code?: string) =>
    code === undefined ? whole : escape(Number.parseInt(code, 16)),
  );
}
