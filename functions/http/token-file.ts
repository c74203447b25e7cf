import { readFile } from "node:fs/promises";
import { poll } from "./poll.ts";
import { problemOfTokens, splitTokens } from "../contract/token.ts";

/** The tokens that are accepted at this moment; an empty list accepts none. */
export type AcceptedTokens = () => readonly string[];

/** The tokens that a file contains now. */
export interface TokenFile {
  readonly tokens: AcceptedTokens;
  /** Why no token is known yet; undefined after the first good read. */
  readonly problem: () => string | undefined;
  readonly stop: () => void;
}

/**
 * Reads the tokens of `file` and follows its changes, so that a token can be replaced while admissions run: the user adds
 * the new one to the file, changes the webhook configuration and removes the old one. An environment variable cannot change while the
 * process runs.
 *
 * When the file is missing or wrong at the start, no token is accepted. Later the last good tokens stay accepted, and `onFailure`
 * receives the problem.
 */
export async function followTokenFile(
  file: string,
  onChange: (count: number) => void,
  onFailure: (problem: string) => void,
  intervalMs?: number,
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
  const stop = poll(() => void read(), intervalMs);
  return {
    tokens: () => known,
    problem: () => (known.length === 0 ? problem : undefined),
    stop,
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
