import { plainScalar } from "./kubectl-yaml.ts";
import { printable } from "../contract/printable.ts";
import { yamlString } from "./quoted-text.ts";

/** What needs no quotes wherever it stands, in YAML 1.1 and 1.2, unless it is taken for a number or a word such as `on`. */
const PLAIN =
  /^(?:[A-Za-z0-9_/]|<[a-z]|--?[A-Za-z])[A-Za-z0-9_/<>.,;=()*+~@$%^|&'"\\-]*(?:[ :#]+[A-Za-z0-9_/<>.,;=()*+~@$%^|&'"\\-]+)*$/;

/** A colon ends a key and a number sign begins a comment, each beside a space. */
const KEY_OR_COMMENT = /: | #/;

/** Times, dates, numbers to the base of 60 and half a number, which kubectl takes for texts and others do not. */
const NUMBERS_AND_SEPARATORS =
  /^[-+]?(?:0[xXoObB][\da-fA-F_]*|[\d._:eE+-]*(?:[Tt ][\d:.]+.*)?)$/;

/** Lines below a `|` stand as they are; the first must not begin with a space, which would pass for indentation. */
const LITERAL = /^\S.*\n/;

const STEP = "  ";

/**
 * A value of JSON as a YAML document. The parser's library could do it as well, but its start takes as long as a fifth of
 * Node's own, most of which goes into nodes, comments and anchors that there are none of here.
 */
export function yamlText(value: unknown): string {
  return isScalar(value) || isEmpty(value)
    ? `${inlineText(value, "")}\n`
    : `${blockText(value, "")}\n`;
}

function blockText(value: unknown, indent: string): string {
  if (Array.isArray(value))
    return value
      .map((item: unknown) => `${indent}- ${itemText(item, indent)}`)
      .join("\n");
  return Object.entries(value as object)
    .filter(([, child]) => child !== undefined)
    .map(
      ([key, child]) =>
        `${indent}${scalarText(key)}:${entryText(child, indent)}`,
    )
    .join("\n");
}

/** An item begins on the line of its dash. */
function itemText(item: unknown, indent: string): string {
  return isScalar(item) || isEmpty(item)
    ? inlineText(item, indent)
    : blockText(item, indent + STEP).slice(indent.length + STEP.length);
}

function entryText(child: unknown, indent: string): string {
  return isScalar(child) || isEmpty(child)
    ? ` ${inlineText(child, indent)}`
    : `\n${blockText(child, indent + STEP)}`;
}

function inlineText(value: unknown, indent: string): string {
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? "[]" : "{}";
  if (typeof value !== "string") return JSON.stringify(value ?? null);
  const isLiteral =
    LITERAL.test(value) &&
    printable(value) === value.replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return isLiteral ? literalText(value, indent + STEP) : scalarText(value);
}

function literalText(text: string, indent: string): string {
  const body = text.replace(/\n+$/, "");
  const ends = text.length - body.length;
  const chomping = ends === 0 ? "-" : ends === 1 ? "" : "+";
  const lines = body
    .split("\n")
    .map((line) => (line === "" ? "" : indent + line));
  return [
    `|${chomping}`,
    ...lines,
    ...Array.from({ length: ends - 1 }, () => ""),
  ].join("\n");
}

function scalarText(text: string): string {
  return PLAIN.test(text) &&
    !KEY_OR_COMMENT.test(text) &&
    !NUMBERS_AND_SEPARATORS.test(text) &&
    plainScalar(text) === text
    ? text
    : yamlString(text);
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function isEmpty(value: unknown): boolean {
  return isScalar(value) ? false : Object.keys(value as object).length === 0;
}
