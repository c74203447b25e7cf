import { quoted } from "../contract/printable.ts";

/** A part of a file that kubectl reads one object from. */
export interface DocumentText {
  /** JSON when the file is a stream of JSON values, which YAML's rules do not hold for. */
  readonly kind: "json" | "yaml";
  /** Where it begins in the text of the file. */
  readonly offset: number;
  readonly text: string;
}

/** Something in a file that is in no document, at which kubectl gives up. */
export interface SplitProblem {
  readonly offset: number;
  readonly message: string;
}

/** The documents of a file, and what is wrong between them. */
export interface SplitText {
  readonly documents: readonly DocumentText[];
  readonly problems: readonly SplitProblem[];
}

/** Beyond this, kubectl looks for no brace to know JSON by: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/yaml#NewYAMLOrJSONDecoder */
const SNIFFED_LENGTH = 4096;
const JSON_START = /^\s*\{/;

/** A line that begins with this ends a document wherever it stands, within quotes, too. */
const SEPARATOR = /(?<![^\n])---[^\n]*\n?/g;
const COMMENT_ONLY = /^---\s*(?:#.*)?$/;

/** What ends a line for YAML beside a line feed; each is one character, so that places stay what they are. */
const OTHER_LINE_ENDS = /\r(?!\n)|\u0085/g;

/**
 * Splits a file where kubectl does: values of JSON one after the other as long as there are any, the rest at lines that begin
 * with `---`, before any of it is read as YAML.
 */
export function splitDocuments(text: string): SplitText {
  if (!JSON_START.test(text.slice(0, SNIFFED_LENGTH))) return splitYaml(text);
  const documents: DocumentText[] = [];
  let offset = 0;
  for (;;) {
    const value = jsonValueAt(text, offset);
    if (value === undefined) break;
    documents.push({ kind: "json", ...value });
    offset = value.offset + value.text.length;
  }
  const rest = text.slice(offset);
  if (rest.trim() === "") return { documents, problems: [] };
  // Two values are a stream of JSON for certain; after one, what is no JSON may be YAML.
  if (documents.length > 1)
    return {
      documents,
      problems: [
        {
          offset: nextNonSpace(text, offset) ?? offset,
          message:
            "is not JSON, which kubectl expects after several values of JSON",
        },
      ],
    };
  const skipped = /^[^\S\n]*\n?/.exec(rest)?.[0].length ?? 0;
  const yaml = splitYaml(
    text,
    documents.length > 0 ? offset + skipped : offset,
  );
  return { ...yaml, documents: [...documents, ...yaml.documents] };
}

function splitYaml(text: string, from = 0): SplitText {
  const documents: DocumentText[] = [];
  const problems: SplitProblem[] = [];
  let start = from;
  const add = (end: number): void => {
    documents.push({
      kind: "yaml",
      offset: start,
      text: withLineFeeds(text.slice(start, end)),
    });
  };
  for (const { 0: whole, index } of text.matchAll(SEPARATOR)) {
    if (index < from) continue;
    const line = whole.trimEnd();
    if (!COMMENT_ONLY.test(line))
      problems.push({
        offset: index,
        message: `${quoted(line)} separates no documents: kubectl takes only a comment after ---`,
      });
    add(index);
    start = index + whole.length;
  }
  add(text.length);
  return {
    documents: documents.filter((document) => document.text !== ""),
    problems,
  };
}

/** The text with a line feed wherever YAML sees the end of a line. */
export function withLineFeeds(text: string): string {
  return text.replaceAll(OTHER_LINE_ENDS, "\n");
}

/** The value of JSON that begins at `from`, after white space; nothing if there is none, or something else. */
function jsonValueAt(
  text: string,
  from: number,
): { readonly offset: number; readonly text: string } | undefined {
  const offset = nextNonSpace(text, from);
  if (offset === undefined) return undefined;
  const value = text.slice(offset, jsonEnd(text, offset));
  try {
    JSON.parse(value);
    return { offset, text: value };
  } catch {
    return undefined;
  }
}

/** Where the value that begins at `start` ends, if it is one. */
function jsonEnd(text: string, start: number): number {
  const token = /"(?:[^"\\]+|\\.)*"|[[\]{}]|[^\s"[\]{},:]+/gs;
  token.lastIndex = start;
  let depth = 0;
  for (;;) {
    const found = token.exec(text);
    if (found === null) return text.length;
    const [part] = found;
    if (part === "{" || part === "[") depth += 1;
    if (part === "}" || part === "]") depth -= 1;
    if (depth <= 0) return token.lastIndex;
  }
}

function nextNonSpace(text: string, from: number): number | undefined {
  const found = /\S/g;
  found.lastIndex = from;
  return found.exec(text)?.index;
}
