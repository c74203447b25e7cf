import { visit } from "yaml";
import type { Document, Scalar, ScalarTag } from "yaml";
import { quoted } from "../contract/printable.ts";

/** A part of a file that kubectl reads one object from. */
export interface DocumentText {
  /** `json` if the file is a stream of JSON values: then the rules of YAML do not apply. */
  readonly kind: "json" | "yaml";
  /** Where it begins in the text of the file. */
  readonly offset: number;
  readonly text: string;
}

/** A place in a text that kubectl rejects. */
interface Rejection {
  readonly offset: number;
  readonly message: string;
}

/** The documents of a file, and what kubectl rejects between them. */
interface SplitText {
  readonly documents: readonly DocumentText[];
  readonly problems: readonly Rejection[];
}

/** kubectl looks for the brace of JSON only in this many characters: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/yaml#NewYAMLOrJSONDecoder */
const SNIFFED_LENGTH = 4096;
const JSON_START = /^\s*\{/;

/** A line that begins with `---` ends a document, even inside quotes. */
const SEPARATOR = /(?<![^\n])---[^\n]*\n?/g;
const COMMENT_ONLY = /^---\s*(?:#.*)?$/;

/** What ends a line in YAML, besides a line feed. Each is one character: replacing it moves nothing. */
const OTHER_LINE_ENDS = /\r(?!\n)|\u0085/g;

/**
 * Splits a file where kubectl does: first JSON values, as long as there are any; then the rest at lines that begin with `---`,
 * before it parses any YAML.
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
  // Two JSON values are certainly a stream of JSON. After one value, the rest may be YAML.
  if (documents.length > 1)
    return {
      documents,
      problems: [
        {
          offset: nextNonSpace(text, offset) ?? offset,
          message:
            "is not JSON, which kubectl expects after several JSON values",
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
  const problems: Rejection[] = [];
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
        message: `${quoted(line)} does not separate documents: kubectl accepts only a comment after ---`,
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

/** The text with a line feed at the end of each line, as YAML sees lines. */
export function withLineFeeds(text: string): string {
  return text.replaceAll(OTHER_LINE_ENDS, "\n");
}

/** The JSON value at `from`, after white space; undefined if there is none. */
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

/** The end of the JSON value that begins at `start`. */
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

/** Characters that YAML allows only as escapes: https://yaml.org/spec/1.1/#c-printable */
const UNPRINTABLE = /[^\t\n\r -~\u0085\u00A0-\uFFFD]/;

/** A directive needs a `---` after it. kubectl splits the file there and then finds no `---`. */
const DIRECTIVE = /^(?:[^\S\n]*(?:#.*)?\n)*(?=%)/;

/** Escapes of JSON in double quotes that YAML 1.1 does not have: a slash, and one half of a pair of surrogates. */
const JSON_ESCAPE = /\\(?:\/|u[dD][89a-fA-F])/;
const JSON_ESCAPES = /\\(?:[^/u]|u(?![dD][89a-fA-F]))|(\\\/|\\u[\da-fA-F]{4})/g;

/** Matches if there may be an unquoted key that is not a text. Most documents have none and need no walk through all nodes. */
const UNUSUAL_KEY =
  /(?:^|[\s,{?])(?:~|null|true|false|yes|no|y|n|on|off|[-+]?\.?\d[\w.]*)? {0,1000}:(?:\s|$)/im;

/** The first place at which kubectl cannot parse the text of a YAML document. */
export function rejectedText(text: string): Rejection | undefined {
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

/** Converts unquoted keys as kubectl does, such as `on` to `true`, and returns the first place that kubectl rejects. */
export function readAsKubectl(
  document: Document,
  text: string,
): Rejection | undefined {
  const withKeys = UNUSUAL_KEY.test(text);
  const withEscapes = JSON_ESCAPE.test(text);
  if (!withKeys && !withEscapes) return undefined;
  let rejection: Rejection | undefined;
  visit(document, {
    Scalar(position, node) {
      const found =
        position === "key" ? readKey(node) : rejectedEscape(node, text);
      if (found === undefined) return undefined;
      rejection = found;
      return visit.BREAK;
    },
  });
  return rejection;
}

function readKey(key: Scalar): Rejection | undefined {
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

function rejectedEscape(
  { type, range }: Scalar,
  text: string,
): Rejection | undefined {
  if (type !== "QUOTE_DOUBLE" || !range) return undefined;
  for (const { 1: escape, index } of text
    .slice(range[0], range[1])
    .matchAll(JSON_ESCAPES))
    if (escape !== undefined)
      return {
        offset: range[0] + index,
        message: `has the escape ${escape}, which JSON allows and YAML does not; write the character itself`,
      };
  return undefined;
}

/** Matches an unquoted text that kubectl may read as another type. */
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
 * How kubectl reads an unquoted text: as YAML 1.1 without times and numbers to the base of 60. `on` is true, 0644 is octal, 1_000 is
 * a thousand and 22:30 is a text. https://github.com/yaml/go-yaml/blob/v2.4.0/resolve.go
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

/** Numbers that JSON cannot express. kubectl converts everything to JSON. */
const NOT_IN_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** With these tags, the parser reads scalars as kubectl does. */
export const scalarTags: readonly ScalarTag[] = [
  // One tag for all unquoted texts: the parser's own tags would try a dozen patterns on each.
  {
    tag: "tag:yaml.org,2002:str",
    default: true,
    test: CANDIDATE,
    resolve: (text, onError) => {
      if (NOT_IN_JSON.test(text))
        onError(`${text} is not a number in JSON; write it in quotes`);
      return plainScalar(text);
    },
  },
  // Explicit tags such as `!!int`, on quoted and unquoted texts.
  ...["bool", "float", "int", "null"].map((name): ScalarTag => ({
    tag: `tag:yaml.org,2002:${name}`,
    resolve: plainScalar,
  })),
  {
    tag: "tag:yaml.org,2002:binary",
    resolve: (text) => Buffer.from(text, "base64").toString(),
  },
];
