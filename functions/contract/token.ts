import { hash, timingSafeEqual } from "node:crypto";
import { WEBHOOK_PATH } from "./keys.ts";

/** A secret in the path of a URL: too long to guess, and without characters that need an escape. */
export const TOKEN_FORM = "[A-Za-z0-9_-]{16,128}";

/** One is in use, or two while one replaces the other. Further ones are left over by mistake. */
export const MAX_TOKENS = 4;

/** The secret path of the webhook: the function serves it only with one of its tokens. */
export function webhookPath(token: string): string {
  return `${WEBHOOK_PATH}/${token}`;
}

/** Splits a list of tokens at commas and white space. */
export function splitTokens(text: string): string[] {
  return text.split(/[\s,]+/).filter((token) => token !== "");
}

/** What is wrong with a list of tokens, or undefined. The message shows no token. */
export function problemOfTokens(tokens: readonly string[]): string | undefined {
  if (tokens.length === 0) return "holds no token";
  if (tokens.length > MAX_TOKENS)
    return `holds ${tokens.length} tokens; at most ${MAX_TOKENS} are accepted at once`;
  return tokens.every((token) => new RegExp(`^${TOKEN_FORM}$`).test(token))
    ? undefined
    : "holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -";
}

/** True when `given` is one of `tokens`; the time it takes says nothing about them. */
export function isAccepted(tokens: readonly string[], given: string): boolean {
  const wanted = digest(given);
  let accepted = false;
  for (const token of tokens)
    accepted = timingSafeEqual(digest(token), wanted) || accepted;
  return accepted;
}

/** The comparison needs values of equal length. */
function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
