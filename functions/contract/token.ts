import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";

/** Part of a URL's path, and a secret: long enough that nobody guesses it, and nothing that needs an escape. */
export const TOKEN_FORM = "[A-Za-z0-9_-]{16,128}";

/** One is in use, and while it is replaced a second; more could only be tokens that nobody took away. */
export const MAX_TOKENS = 4;

/** How often the file is read again. The kubelet brings a changed Secret to a Pod within about a minute and a half, so haste gains nothing. */
const RELOAD_INTERVAL_MS = 2_000;

/** The tokens that are accepted at this moment; an empty list refuses everything. */
export type AcceptedTokens = () => readonly string[];

/** Splits a list of tokens at commas and white space. */
export function splitTokens(text: string): string[] {
  return text.split(/[\s,]+/).filter((token) => token !== "");
}

/** What is wrong with a list of tokens, told without showing one, or undefined when it can be used. */
export function problemOfTokens(tokens: readonly string[]): string | undefined {
  if (tokens.length === 0) return "holds no token";
  if (tokens.length > MAX_TOKENS)
    return `holds ${tokens.length} tokens; at most ${MAX_TOKENS} are accepted at once`;
  return tokens.every((token) => new RegExp(`^${TOKEN_FORM}$`).test(token))
    ? undefined
    : "holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -";
}

/** True when `given` is one of `tokens`; the time it takes tells nothing about them. */
export function isAccepted(tokens: readonly string[], given: string): boolean {
  const wanted = digest(given);
  let accepted = false;
  for (const token of tokens)
    accepted = timingSafeEqual(digest(token), wanted) || accepted;
  return accepted;
}

/** Tokens of a file, as they are now. */
export interface TokenFile {
  readonly tokens: AcceptedTokens;
  /** Why no token is known yet; undefined from the first good read on. */
  readonly problem: () => string | undefined;
  readonly stop: () => void;
}

/**
 * Reads the tokens of `file` and follows its changes, so that a token can be replaced while admissions run: the new one
 * is added to the file, the webhook configuration is changed, the old one is taken away. An environment variable could
 * not do that, since it is fixed when the process starts.
 *
 * A file that is missing or wrong at the start leaves no token accepted; later it leaves the last good ones, and
 * `onFailure` hears of it. The file is polled for the same reason as certificates are.
 */
export async function followTokenFile(
  file: string,
  onChange: (count: number) => void,
  onFailure: (problem: string) => void,
  intervalMs = RELOAD_INTERVAL_MS,
): Promise<TokenFile> {
  let known: readonly string[] = [];
  let problem: string | undefined;

  const read = async (): Promise<void> => {
    const found = await readTokens(file);
    if (typeof found === "string") {
      if (problem !== found) onFailure(found);
      problem = found;
      return;
    }
    problem = undefined;
    if (found.join() === known.join()) return;
    known = found;
    onChange(known.length);
  };

  await read();
  const timer = setInterval(() => void read(), intervalMs);
  timer.unref();
  return {
    tokens: () => known,
    problem: () => (known.length === 0 ? problem : undefined),
    stop: () => clearInterval(timer),
  };
}

/** The tokens, or what is wrong. */
async function readTokens(file: string): Promise<readonly string[] | string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `WEBHOOK_TOKEN_FILE ${file} cannot be read: ${code ?? String(error)}`;
  }
  const tokens = splitTokens(text);
  const wrong = problemOfTokens(tokens);
  return wrong === undefined ? tokens : `WEBHOOK_TOKEN_FILE ${file} ${wrong}`;
}

/** Of one length for all tokens, which the comparison needs. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
