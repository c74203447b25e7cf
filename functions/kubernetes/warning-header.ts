/**
 * One warning: a code, the agent that gives it, and the text in quotes, maybe with a date:
 * https://datatracker.ietf.org/doc/html/rfc7234#section-5.5
 */
const WARNING = /\s*(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?:,|$)/y;

/** Miscellaneous and persistent: the one code with which Kubernetes warns. */
const PERSISTENT = "299";

/**
 * The texts of a `Warning` header for people, such as kubectl shows them; `header` holds one or more warnings, those of several lines
 * joined with commas, as Node gives it. Text that cannot be parsed ends the list; the request does not fail.
 */
export function readWarnings(header: string | undefined): readonly string[] {
  const texts: string[] = [];
  if (header === undefined) return texts;
  WARNING.lastIndex = 0;
  // Node takes the bytes of a header for Latin-1, and Kubernetes writes UTF-8.
  const text = Buffer.from(header, "latin1").toString("utf8");
  for (let match; (match = WARNING.exec(text));) {
    const [, code, , quoted = ""] = match;
    if (code === PERSISTENT) texts.push(quoted.replace(/\\(.)/gs, "$1"));
    if (WARNING.lastIndex >= text.length) break;
  }
  return texts;
}
