import { visit } from "yaml";
import type { Document, Scalar } from "yaml";
import { quoted } from "../contract/printable.ts";
import { plainScalar } from "./plain-scalars.ts";

/** Something that kubectl refuses, though it is YAML. */
export interface Difference {
  readonly offset: number;
  readonly message: string;
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
export function refusedText(text: string): Difference | undefined {
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
): Difference | undefined {
  const withKeys = UNUSUAL_KEY.test(text);
  const withEscapes = JSON_ESCAPE.test(text);
  if (!withKeys && !withEscapes) return undefined;
  let difference: Difference | undefined;
  visit(document, {
    Scalar(position, node) {
      const found =
        position === "key" ? readKey(node) : refusedEscape(node, text);
      if (found === undefined) return undefined;
      difference = found;
      return visit.BREAK;
    },
  });
  return difference;
}

function readKey(key: Scalar): Difference | undefined {
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
): Difference | undefined {
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
