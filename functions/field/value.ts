import { cut, invisibleIn } from "../contract/printable.ts";

/** An object whose fields are not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object that is neither a list nor null. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object, or an empty one in place of anything else: another check reports a wrong type. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** True when objects or arrays are nested deeper than `levels` in `value`, also when one contains itself. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (levels === 0 ||
      Object.values(value).some((child) => isDeeperThan(levels - 1, child)))
  );
}

/** Invisible characters that editors, word processors, web pages and chat programs put into copied text. */
const NAMES: Readonly<Record<string, string>> = {
  "\\u00a0": "no-break space",
  "\\u00ad": "soft hyphen",
  "\\u200b": "zero width space",
  "\\u200c": "zero width non-joiner",
  "\\u200d": "zero width joiner",
  "\\u200e": "left-to-right mark",
  "\\u200f": "right-to-left mark",
  "\\u2028": "line separator",
  "\\u202e": "right-to-left override",
  "\\u202f": "narrow no-break space",
  "\\u2060": "word joiner",
  "\\u3000": "ideographic space",
  "\\ufeff": "byte order mark",
};

/** A variable of a chart, of envsubst or of kustomize, or a placeholder of a manual. */
const VARIABLE = /[$][{(]|^<[^<>]+>$/;

export const TEMPLATE_TEXT =
  "is a template that is not filled in; render the chart first";
const VARIABLE_TEXT =
  "is a variable that is not filled in; put a value in its place first";

/** True for a text with an action of a Go template in it, such as `{{ .Values.size }}`. */
export function isTemplateText(text: string): boolean {
  return text.includes("{{");
}

/**
 * The detail for a text that a rule rejects with `detail`. A variable or template that is not filled in gets a detail of its own.
 * An invisible character is named, because the rule's detail alone would make no sense. The early-feedback policy does the same.
 */
export function rejectedValue(text: string, detail: string): string {
  const shown = cut(text);
  if (isTemplateText(shown)) return TEMPLATE_TEXT;
  if (VARIABLE.test(shown)) return VARIABLE_TEXT;
  const character = invisibleIn(shown);
  return character === undefined
    ? detail
    : `has ${invisibleCharacter(character)} in it, and ${detail}`;
}

/** `the invisible character \u00a0 (no-break space)`, for its escape. */
export function invisibleCharacter(escape: string): string {
  const { [escape]: name } = NAMES;
  return `the invisible character ${escape}${name === undefined ? "" : ` (${name})`}`;
}
