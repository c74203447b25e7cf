import { quoted } from "./contract/printable.ts";
import { readSettings } from "./contract/settings.ts";
import type {
  Problem,
  Program,
  Settings,
  Values,
} from "./contract/settings.ts";
import { problemOfTokens } from "./contract/token.ts";
import { LOG_LEVELS } from "./http/logger.ts";
import type { LogLevel } from "./http/logger.ts";

const MAX_PORT = 65_535;

const settings = {
  /** TCP port; 0 takes a free one. */
  port: {
    usage: "PORT NUMBER",
    help: "TCP port; 0 takes a free one",
    // Knative and most other platforms expect this port.
    default: "8080",
    parse: port,
  },
  /** When given, only `/mutate/<token>` is served, for each of these tokens. */
  tokens: {
    usage: "WEBHOOK_TOKEN TOKENS",
    help: "serve POST /mutate/<token> only, for each of up to four tokens with commas between them",
    parse: tokens,
  },
  /** When given, only `/mutate/<token>` is served, for each token that the file contains at that moment. */
  tokenFile: {
    usage: "WEBHOOK_TOKEN_FILE FILE",
    help: "the same from a file, which is read again when it changes",
    parse: String,
  },
  /** When given, HTTPS with `tls.crt` and `tls.key` of this directory. */
  certificateDirectory: {
    usage: "TLS_CERT_DIR DIRECTORY",
    help: "HTTPS with tls.crt and tls.key of this directory, read again when they change",
    parse: String,
  },
  logLevel: {
    usage: `LOG_LEVEL ${LOG_LEVELS.join("|")}`,
    help: "the lowest level that is logged; debug also logs each request to the API server",
    default: "info",
    parse: logLevel,
  },
} as const satisfies Settings;

/** The settings of the function: variables only. */
export const FUNCTION: Program<typeof settings> = {
  settings,
  words: { afterName: " " },
  check: (_, given) =>
    given.has("tokens") && given.has("tokenFile")
      ? ["WEBHOOK_TOKEN and WEBHOOK_TOKEN_FILE are both set; unset one of them"]
      : [],
};

/** Reads the settings from environment variables; `problems` names every one that is wrong. An empty variable counts as absent. */
export function parseOptions(
  env: NodeJS.ProcessEnv,
):
  | { readonly options: Values<typeof settings> }
  | { readonly problems: readonly string[] } {
  const parsed = readSettings(FUNCTION, [], env);
  if (parsed.kind === "invalid") return { problems: parsed.problems };
  if (parsed.kind === "run") return { options: parsed.options };
  throw new TypeError("there are no arguments");
}

function port(text: string): number | Problem {
  if (!/^\d+$/.test(text)) return mustBe("integer", quoted(text));
  const value = Number(text);
  return value > MAX_PORT ? mustBe(`<= ${MAX_PORT}`, text) : value;
}

function logLevel(text: string): LogLevel | Problem {
  const levels = LOG_LEVELS.map(quoted).join(" or ");
  return LOG_LEVELS.find((one) => one === text) ?? mustBe(levels, quoted(text));
}

/** The problem does not show the token: it is a secret. */
function tokens(text: string): readonly string[] | Problem {
  const given = text.split(",");
  const problem = problemOfTokens(given);
  return problem === undefined ? given : { problem };
}

function mustBe(wanted: string, shown: string): Problem {
  return { problem: `must be ${wanted}, not ${shown}` };
}
