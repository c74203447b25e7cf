/**
 * One warning: a code, the agent that gives it, and the text in quotes, maybe with a date:
 * https://datatracker.ietf.org/doc/html/rfc7234#section-5.5
 */
const WARNING = /\s*(\d{3}) (\S+) "((?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?:,|$)/y;

/** The code for miscellaneous, persistent warnings. Kubernetes uses no other code. */
const PERSISTENT = "299";

/**
 * The texts of a `Warning` header for people, as kubectl shows them. Node joins several headers with commas, so `header` holds one
 * or more warnings. A text that cannot be parsed ends the list; the request does not fail.
 */
export function readWarnings(header: string | undefined): readonly string[] {
  const texts: string[] = [];
  if (header === undefined) return texts;
  WARNING.lastIndex = 0;
  // Node reads the bytes of a header as Latin-1, and Kubernetes writes UTF-8.
  const text = Buffer.from(header, "latin1").toString("utf8");
  for (let match; (match = WARNING.exec(text));) {
    const [, code, , quoted = ""] = match;
    if (code === PERSISTENT) texts.push(quoted.replace(/\\(.)/gs, "$1"));
    if (WARNING.lastIndex >= text.length) break;
  }
  return texts;
}
