/** A longer value hides the message. Counted in characters as people see them, not in UTF-16 units. */
const MAX_VALUE_LENGTH = 100;

/**
 * Control characters and invisible ones: everything but letters, marks, digits, punctuation, symbols and the plain space, and
 * those among them that have no shape or change the character before them. The early-feedback policy has the same classes.
 */
const UNPRINTABLE =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180D\u180F\u2800\u3164\uFFA0]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** The text in one line. Each character that is not printable becomes an escape of JavaScript, such as \u200b. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The first invisible character in `text`, as its escape. Line ends and tabs do not count. */
export function invisibleIn(text: string): string | undefined {
  const found = (text.match(UNPRINTABLE) ?? []).find(
    (character) => !(character in SHORT_ESCAPES),
  );
  return found && escaped(found);
}

/** A value as a message shows it: as JSON, cut if it is long, and printable. */
export function quoted(value: unknown): string {
  if (typeof value === "string") return printable(JSON.stringify(cut(value)));
  // JSON has no word for a number that is too large.
  const text =
    typeof value === "number"
      ? String(value)
      : (JSON.stringify(value) ?? "nothing");
  return printable(cut(text));
}

/** The part of a value that a message shows. */
export function cut(text: string): string {
  if (text.length <= MAX_VALUE_LENGTH) return text;
  // A character takes at most two UTF-16 units.
  const characters = Array.from(text.slice(0, 2 * MAX_VALUE_LENGTH + 2));
  return characters.length > MAX_VALUE_LENGTH
    ? `${characters.slice(0, MAX_VALUE_LENGTH).join("")}…`
    : text;
}

function escaped(character: string): string {
  const { [character]: short } = SHORT_ESCAPES;
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
