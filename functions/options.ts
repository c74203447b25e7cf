import { choiceOf, wholeNumber } from "./contract/setting-values.ts";
import type { Problem } from "./contract/setting-values.ts";
import type { Program, Settings } from "./contract/setting-table.ts";
import { TLS_CERT, TLS_KEY } from "./contract/keys.ts";
import { problemOfTokens, webhookPath } from "./contract/token.ts";
import { functionHelp } from "./help.ts";
import { LOG_LEVELS } from "./http/logger.ts";

const settings = {
  port: {
    usage: "PORT NUMBER",
    help: "TCP port; 0 takes a free one",
    // Knative and most other platforms expect this port.
    default: "8080",
    parse: wholeNumber(0, 65_535),
  },
  /** When given, only `/mutate/<token>` is served, for each of these tokens. */
  tokens: {
    usage: "WEBHOOK_TOKEN TOKENS",
    help: `serve only POST ${webhookPath("<token>")}; up to four tokens, separated by commas`,
    parse: tokens,
  },
  /** When given, only `/mutate/<token>` is served, for each token that the file contains at that moment. */
  tokenFile: {
    usage: "WEBHOOK_TOKEN_FILE FILE",
    help: "a file with the tokens; the function reads it again after a change",
    parse: String,
  },
  certificateDirectory: {
    usage: "TLS_CERT_DIR DIRECTORY",
    help: `serve HTTPS with ${TLS_CERT} and ${TLS_KEY} of this directory; the function reads them again after a change`,
    parse: String,
  },
  logLevel: {
    usage: `LOG_LEVEL ${LOG_LEVELS.join("|")}`,
    help: "the lowest level that is logged; debug also logs each request to the API server",
    default: "info",
    parse: choiceOf(LOG_LEVELS),
  },
} as const satisfies Settings;

/** The settings of the function: variables only. */
export const FUNCTION: Program<typeof settings> = {
  settings,
  help: functionHelp,
  check: ({ tokenFile, tokens: fixed }) =>
    tokenFile && fixed
      ? ["WEBHOOK_TOKEN and WEBHOOK_TOKEN_FILE are both set; unset one of them"]
      : [],
};

/** The problem does not show the token: it is a secret. */
function tokens(text: string): readonly string[] | Problem {
  const given = text.split(",");
  const problem = problemOfTokens(given);
  return problem === undefined ? given : { problem };
}
