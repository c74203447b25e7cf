import type { Document, LineCounter } from "yaml";
import { isDeeperThan } from "./max-depth.ts";
import { errorMessage } from "../kubernetes/error-message.ts";
import { invisibleIn, printable } from "../contract/printable.ts";
import { placeText } from "../field/problem.ts";
import type { TextPlace } from "../field/problem.ts";
import {
  invisibleCharacter,
  isTemplateText,
  TEMPLATE_TEXT,
} from "../field/refused-value.ts";

/**
 * A template takes some 300 characters, so this is a hundred of them; the parser needs up to 0.3 s for the worst text of
 * this length, and four times that for twice the length, while every other Pod waits.
 */
const MAX_LENGTH = 32 * 1024;

/** Kubernetes' own limit for a YAML body is of this order: honest manifests use an anchor a few times. */
const MAX_ALIASES = 100;

/** The deepest field of a claim's spec is 7 levels down; more is an alias that contains itself, or made to do harm. */
const MAX_DEPTH = 16;

const TOO_DEEP = ": is nested too deeply for templates";

/** A message of the parser may hold part of the text. */
const MAX_REASON_LENGTH = 200;

/** Why there are no templates in an annotation. */
interface Unreadable {
  /** The rest of a sentence about the annotation. */
  readonly says: string;
  /** The place in the text that the parser says it of. */
  readonly place?: TextPlace;
}

/** The templates in an annotation, not looked at yet, or why there are none. */
export type TemplateList =
  | { readonly kind: "list"; readonly items: readonly unknown[] }
  | ({ readonly kind: "none" } & Unreadable);

/** Reads the value of the full form's annotation: one YAML document, which may be JSON, with an array in it. */
export async function readTemplateList(text: string): Promise<TemplateList> {
  if (text.length > MAX_LENGTH)
    return none(
      `: has ${text.length} characters, but at most ${MAX_LENGTH} are read`,
    );
  const parsed = await parseYaml(text);
  if ("says" in parsed)
    return {
      kind: "none",
      ...(templateAction(text) ?? withInvisible(text, parsed)),
    };
  const { value } = parsed;
  if (isDeeperThan(MAX_DEPTH, value)) return none(TOO_DEEP);
  if (Array.isArray(value))
    return value.length > 0
      ? { kind: "list", items: value as unknown[] }
      : none(": has no template in it");
  if (value === null || value === undefined)
    return none(
      " is empty: it gives an array of templates as in a StatefulSet's volumeClaimTemplates",
    );
  if (typeof value === "string" && isTemplateText(value))
    return none(`: ${TEMPLATE_TEXT}`);
  return none(
    typeof value === "object" && "volumeClaimTemplates" in value
      ? ": must be the array alone; leave out the line volumeClaimTemplates:"
      : ": must be an array of templates as in a StatefulSet's volumeClaimTemplates, each beginning with a dash",
  );
}

/** JavaScript values for one document. Loaded on first use: the short form, which most Pods have, should not wait for it. */
async function parseYaml(
  text: string,
): Promise<{ readonly value: unknown } | Unreadable> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      // kubectl reads merge keys and no tags but the plain ones; a %YAML line changes nothing of it.
      schema: "core",
      merge: true,
      resolveKnownTags: false,
      stringKeys: true,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "error",
    });
    const problem = syntaxProblem(document, lines);
    if (problem) return problem;
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown };
  } catch (error) {
    if (error instanceof RangeError) return { says: TOO_DEEP };
    return { says: `: cannot be read: ${reasonOf(error)}` };
  }
}

function syntaxProblem(
  { errors, warnings }: Document,
  lines: LineCounter,
): Unreadable | undefined {
  const [first] = [...errors, ...warnings];
  if (first === undefined) return undefined;
  if (first.code === "RESOURCE_EXHAUSTION") return { says: TOO_DEEP };
  const { line, col: column } = lines.linePos(first.pos[0]);
  const place = { line, column };
  if (first.code === "MULTIPLE_DOCS")
    return {
      says: ": has several YAML documents; put all templates into one array",
      place,
    };
  return {
    says: `: is not YAML: ${placeText(place)}${reasonOf(first)}`,
    place,
  };
}

/**
 * The reason why a text that cannot be read is none: an action of a Go template before any quote or comment of its line. Within
 * them it may be meant for another program.
 */
function templateAction(text: string): Unreadable | undefined {
  const found = /^[^"'#\n]*?(?=\{\{)/m.exec(text);
  if (!found) return undefined;
  const line = text.slice(0, found.index).split("\n").length;
  const place = { line, column: found[0].length + 1 };
  return { says: `: ${placeText(place)}${TEMPLATE_TEXT}`, place };
}

/** A no-break space in place of the indentation looks right, and the parser's words make no sense then. */
function withInvisible(text: string, { says, place }: Unreadable): Unreadable {
  const lines = text.split("\n");
  const index = lines.findIndex((line) => invisibleIn(line) !== undefined);
  const character = invisibleIn(lines[index] ?? "");
  return {
    says:
      character === undefined
        ? says
        : `${says}; ${invisibleCharacter(character)} stands on line ${index + 1} of the text`,
    ...(place && { place }),
  };
}

function none(says: string): TemplateList {
  return { kind: "none", says };
}

function reasonOf(error: unknown): string {
  const reason = errorMessage(error);
  return printable(
    reason.length > MAX_REASON_LENGTH
      ? `${reason.slice(0, MAX_REASON_LENGTH)}…`
      : reason,
  );
}
