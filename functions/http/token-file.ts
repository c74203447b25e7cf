import { readFile } from "node:fs/promises";
import { problemOfTokens, splitTokens } from "../contract/token.ts";

/** How often the file is read again, in milliseconds. A shorter interval does not help: the kubelet needs up to 90 s to update it. */
const RELOAD_INTERVAL_MS = 2_000;

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
 * receives the problem. It polls the file for the same reason as certificates.
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
