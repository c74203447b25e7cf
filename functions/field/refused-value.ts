import { cut, invisibleIn } from "../contract/printable.ts";

/** Those that people meet: editors, word processors, web pages and chat programs put them into what is copied. */
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

/** What charts, envsubst, kustomize's vars and the pages of manuals leave behind when nobody fills it in. */
const VARIABLE = /[$][{(]|^<[^<>]+>$/;

export const TEMPLATE_TEXT =
  "is a template that nobody has filled in; render the chart first";
const VARIABLE_TEXT =
  "is a variable that nobody has filled in; put a value in its place first";

/** True for a text with an action of a Go template in it, such as `{{ .Values.size }}`. */
export function isTemplateText(text: string): boolean {
  return text.includes("{{");
}

/**
 * What is wrong with a text that a rule refuses, when `says` is what the rule says: a text that was never filled in needs no rule to
 * be wrong, and of a character that nobody sees the rule alone would make no sense. The early-feedback policy does the same.
 */
export function refusedValue(text: string, says: string): string {
  const shown = cut(text);
  if (isTemplateText(shown)) return TEMPLATE_TEXT;
  if (VARIABLE.test(shown)) return VARIABLE_TEXT;
  const character = invisibleIn(shown);
  return character === undefined
    ? says
    : `has ${invisibleCharacter(character)} in it, and ${says}`;
}

/** `the invisible character \u00a0 (no-break space)`, for its escape. */
export function invisibleCharacter(escape: string): string {
  const { [escape]: name } = NAMES;
  return `the invisible character ${escape}${name === undefined ? "" : ` (${name})`}`;
}
