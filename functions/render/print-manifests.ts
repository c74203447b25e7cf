import { writeSync } from "node:fs";
import { printable } from "../contract/printable.ts";
import { isOfCore } from "./kinds.ts";
import { plainScalar } from "./kubectl-yaml.ts";
import type { Rendering } from "./render-files.ts";

/** Claims and patched objects as YAML documents. The claims of a workload come before it. */
export function manifestsAsYaml(renderings: readonly Rendering[]): string {
  return renderings
    .flatMap(({ workload, templates, object }) => {
      // A line end in the text would end the comment.
      const title = printable(workload);
      const [who, whose] = isOfCore(object, "Pod")
        ? [title, "it"]
        : [`Each Pod of ${title}`, "its Pods"];
      return [
        ...templates
          .flatMap(({ claims }) => claims)
          .map(
            (claim) =>
              `# ${who} gets a claim like this, with a <hash> of its own.\n${yamlText(claim)}`,
          ),
        `# ${title} as ${whose} will be. Only to look at: apply the manifest itself.\n${yamlText(object)}`,
      ];
    })
    .join("---\n");
}

/** Claims and patched objects in one List. */
export function manifestsAsJson(renderings: readonly Rendering[]): string {
  const items = renderings.flatMap(({ templates, object }) => [
    ...templates.flatMap(({ claims }) => claims),
    object,
  ]);
  return jsonText({ apiVersion: "v1", kind: "List", items });
}

/** Needs no quotes in YAML 1.1 and 1.2, unless it reads as a number or a word such as `on`. */
const PLAIN =
  /^(?:[A-Za-z0-9_/]|<[a-z]|--?[A-Za-z])[A-Za-z0-9_/<>.,;=()*+~@$%^|&'"\\-]*(?:[ :#]+[A-Za-z0-9_/<>.,;=()*+~@$%^|&'"\\-]+)*$/;

/** A colon ends a key and a number sign begins a comment, each beside a space. */
const KEY_OR_COMMENT = /: | #/;

/** Times, dates, numbers to the base of 60 and parts of numbers: texts for kubectl, and not for other parsers. */
const NUMBERS_AND_SEPARATORS =
  /^[-+]?(?:0[xXoObB][\da-fA-F_]*|[\d._:eE+-]*(?:[Tt ][\d:.]+.*)?)$/;

/** May be written below a `|`. The first line must not begin with a space, which would count as indentation. */
const LITERAL = /^\S.*\n/;

const STEP = "  ";

/**
 * Writes a JSON value as a YAML document. The YAML library would need a fifth of Node's own start time for it, mostly for nodes,
 * comments and anchors, which this output does not have.
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

/** The first line of an item follows its dash. */
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

/** An escape `\u{...}` of JavaScript, or any other escape: a backslash never stands alone in JSON. */
const ESCAPE = /\\(?:u\{([\da-f]+)\}|[^])/g;

/** A value as JSON. Invisible characters are escaped. */
export function jsonText(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 2).split("\n");
  // No JSON string spans several lines.
  return `${lines.map((line) => withEscapes(line, jsonEscape)).join("\n")}\n`;
}

/** A text in double quotes for YAML. Invisible characters are escaped in a form that kubectl reads. */
function yamlString(text: string): string {
  return withEscapes(
    JSON.stringify(text),
    (code) => `\\U${code.toString(16).padStart(8, "0")}`,
  );
}

/** JSON escapes a character beyond 16 bits as two surrogates. */
function jsonEscape(code: number): string {
  return String.fromCodePoint(code)
    .split("")
    .map((half) => `\\u${half.charCodeAt(0).toString(16)}`)
    .join("");
}

/** Makes a line of JSON printable. `escape` replaces the escapes `\u{...}`, which JSON does not have. */
function withEscapes(json: string, escape: (code: number) => string): string {
  return printable(json).replaceAll(ESCAPE, (whole, code?: string) =>
    code === undefined ? whole : escape(Number.parseInt(code, 16)),
  );
}

/**
 * Writes all of `text` to standard output. Node's stream takes a tenth of Node's own start time to load. So this uses the stream
 * only if the other end of a pipe cannot take more at once.
 */
export function writeOutput(text: string): void {
  let bytes: Uint8Array = Buffer.from(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(1, bytes));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A reader such as `head` closes the pipe early: not a failure.
    if (code === "EPIPE") return;
    if (code !== "EAGAIN") throw error;
    process.stdout.on("error", () => undefined);
    process.stdout.write(bytes);
  }
}
