/**
 * What a terminal obeys, or what nobody sees: everything but letters, marks, digits, punctuation, symbols and the plain space,
 * and those among them that have no shape or change the one before them.
 */
const UNPRINTABLE =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}|\u2800/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** The text in one line that a terminal shows as it is: each character that is not printable as an escape of JavaScript, such as \u200b. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  const { [character]: short } = SHORT_ESCAPES;
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
