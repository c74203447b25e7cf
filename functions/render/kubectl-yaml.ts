import { visit } from "yaml";
import type { Document, Scalar, ScalarTag } from "yaml";
import { quoted } from "../contract/printable.ts";

/** A part of a file that kubectl reads one object from. */
export interface DocumentText {
  /** JSON when the file is a stream of JSON values, which YAML's rules do not hold for. */
  readonly kind: "json" | "yaml";
  /** Where it begins in the text of the file. */
  readonly offset: number;
  readonly text: string;
}

/** A place in a text that kubectl refuses. */
interface Refusal {
  readonly offset: number;
  readonly message: string;
}

/** The documents of a file, and what is wrong between them. */
interface SplitText {
  readonly documents: readonly DocumentText[];
  readonly problems: readonly Refusal[];
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
  const problems: Refusal[] = [];
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

/** What YAML allows in no text, written as it is: https://yaml.org/spec/1.1/#c-printable */
const UNPRINTABLE = /[^\t\n\r -~\u0085\u00A0-\uFFFD]/;

/** Before the document: kubectl cuts a file at the `---` that has to follow it, and then misses that. */
const DIRECTIVE = /^(?:[^\S\n]*(?:#.*)?\n)*(?=%)/;

/** Escapes of JSON in double quotes that YAML 1.1 does not have: a slash, and one half of a pair of surrogates. */
const JSON_ESCAPE = /\\(?:\/|u[dD][89a-fA-F])/;
const JSON_ESCAPES = /\\(?:[^/u]|u(?![dD][89a-fA-F]))|(\\\/|\\u[\da-fA-F]{4})/g;

/** There may be an unquoted key that is no text. Walking through a document takes time that most need not spend. */
const UNUSUAL_KEY =
  /(?:^|[\s,{?])(?:~|null|true|false|yes|no|y|n|on|off|[-+]?\.?\d[\w.]*)? {0,1000}:(?:\s|$)/im;

/** What kubectl would not even parse of the text of a YAML document. */
export function refusedText(text: string): Refusal | undefined {
  const [directive] = DIRECTIVE.exec(text) ?? [];
  if (directive !== undefined)
    return {
      offset: directive.length,
      message: "is a YAML directive, which kubectl does not read; leave it out",
    };
  const offset = text.search(UNPRINTABLE);
  if (offset < 0) return undefined;
  const character = text[offset] ?? "";
  return {
    offset,
    message:
      character === "\0"
        ? "has the character U+0000, which YAML does not allow; a file in UTF-16 needs a byte order mark"
        : `has the control character ${quoted(character)}, which YAML allows only as an escape in double quotes`,
  };
}

/** Gives unquoted keys the texts that kubectl makes of them, such as `true` of `on`, and finds what it refuses. */
export function readAsKubectl(
  document: Document,
  text: string,
): Refusal | undefined {
  const withKeys = UNUSUAL_KEY.test(text);
  const withEscapes = JSON_ESCAPE.test(text);
  if (!withKeys && !withEscapes) return undefined;
  let refusal: Refusal | undefined;
  visit(document, {
    Scalar(position, node) {
      const found =
        position === "key" ? readKey(node) : refusedEscape(node, text);
      if (found === undefined) return undefined;
      refusal = found;
      return visit.BREAK;
    },
  });
  return refusal;
}

function readKey(key: Scalar): Refusal | undefined {
  if (key.type !== "PLAIN" || key.tag !== undefined) return undefined;
  const value = plainScalar(key.source ?? "");
  if (value === null)
    return {
      offset: key.range?.[0] ?? 0,
      message: "is a key without a text; write it in quotes",
    };
  if (typeof value !== "string") key.value = JSON.stringify(value);
  return undefined;
}

function refusedEscape(
  { type, range }: Scalar,
  text: string,
): Refusal | undefined {
  if (type !== "QUOTE_DOUBLE" || !range) return undefined;
  for (const { 1: escape, index } of text
    .slice(range[0], range[1])
    .matchAll(JSON_ESCAPES))
    if (escape !== undefined)
      return {
        offset: range[0] + index,
        message: `has the escape ${escape}, which is one of JSON and not of YAML; write the character itself`,
      };
  return undefined;
}

/** With these a text begins that kubectl may take for something else. */
const CANDIDATE = /^(?:$|[-+.~\dfFnNoOtTyY])/;

const WORDS: ReadonlyMap<string, boolean | null> = new Map(
  (
    [
      [true, "y Y yes Yes YES true True TRUE on On ON"],
      [false, "n N no No NO false False FALSE off Off OFF"],
      [null, "~ null Null NULL"],
    ] as const
  ).flatMap(([value, words]) =>
    words.split(" ").map((word) => [word, value] as const),
  ),
);

const INTEGER = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+)$/;
const OCTAL = /^0[oO]?(?=[0-7])/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/**
 * What kubectl takes an unquoted text for: YAML 1.1 but for times and numbers to the base of 60, so that `on` is true, 0644 is
 * octal, 1_000 a thousand, and 22:30 a text. https://github.com/yaml/go-yaml/blob/v2.4.0/resolve.go
 */
export function plainScalar(text: string): unknown {
  if (text === "") return null;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const digits = text.replaceAll("_", "");
  const [, sign, integer] = INTEGER.exec(digits) ?? [];
  if (integer !== undefined) {
    const value = Number(integer.replace(OCTAL, "0o"));
    return sign === "-" ? -value : value;
  }
  return FLOAT.test(digits) ? Number(digits) : text;
}

/** Numbers of YAML that JSON has no word for, and kubectl makes JSON of everything. */
const NOT_IN_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** How the parser reads scalars as kubectl does. */
export const scalarTags: readonly ScalarTag[] = [
  // All that is not in quotes in one tag: the parser's own would try a dozen patterns on every text in the file.
  {
    tag: "tag:yaml.org,2002:str",
    default: true,
    test: CANDIDATE,
    resolve: (text, onError) => {
      if (NOT_IN_JSON.test(text))
        onError(`${text} is no number of JSON; write it in quotes`);
      return plainScalar(text);
    },
  },
  // What a value is said to be by a tag, in quotes or not.
  ...["bool", "float", "int", "null"].map((name): ScalarTag => ({
    tag: `tag:yaml.org,2002:${name}`,
    resolve: plainScalar,
  })),
  {
    tag: "tag:yaml.org,2002:binary",
    resolve: (text) => Buffer.from(text, "base64").toString(),
  },
];
