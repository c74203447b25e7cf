import type { LogLevel } from "./http/logger.ts";
import { validate } from "./options.validate.generated.js";
import { describeSchemaErrors } from "./field/schema-errors.ts";
import { problemOfTokens, splitTokens } from "./contract/token.ts";

/** Port that Knative, and most else that serves containers, expects. */
const DEFAULT_PORT = 8080;

/** Settings of the function. */
export interface FunctionOptions {
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  readonly logLevel: LogLevel;
  /** When given, only `/mutate/<token>` is served, for each of these tokens. */
  readonly tokens?: readonly string[];
  /** When given, only `/mutate/<token>` is served, for each token that this file holds at the time. */
  readonly tokenFile?: string;
  /** When given, HTTPS with `tls.crt` and `tls.key` of this directory. */
  readonly certificateDirectory?: string;
}

/** Reads the settings from environment variables; `problems` names every one that is wrong. An empty variable counts as absent. */
export function parseOptions(
  env: NodeJS.ProcessEnv,
):
  | { readonly options: FunctionOptions }
  | { readonly problems: readonly string[] } {
  const { PORT, LOG_LEVEL, TLS_CERT_DIR, WEBHOOK_TOKEN, WEBHOOK_TOKEN_FILE } =
    env;
  const given = {
    PORT: PORT ? (/^\d+$/.test(PORT) ? Number(PORT) : PORT) : DEFAULT_PORT,
    LOG_LEVEL: LOG_LEVEL || "info",
    ...(WEBHOOK_TOKEN && { WEBHOOK_TOKEN }),
    ...(WEBHOOK_TOKEN_FILE && { WEBHOOK_TOKEN_FILE }),
    ...(TLS_CERT_DIR && { TLS_CERT_DIR }),
  };
  const problems =
    WEBHOOK_TOKEN && WEBHOOK_TOKEN_FILE
      ? ["WEBHOOK_TOKEN and WEBHOOK_TOKEN_FILE are both set; unset one of them"]
      : [];
  if (!validate(given)) {
    const errors = validate.errors ?? [];
    // The token is a secret: what is wrong with it is said without it.
    const ofToken = errors.filter(
      ({ instancePath }) => instancePath === "/WEBHOOK_TOKEN",
    );
    const others = errors.filter((error) => !ofToken.includes(error));
    problems.push(...describeSchemaErrors(others, given));
    if (ofToken.length > 0)
      problems.push(
        `WEBHOOK_TOKEN ${problemOfTokens((WEBHOOK_TOKEN ?? "").split(",")) ?? "cannot be used"}`,
      );
  }
  if (problems.length > 0) return { problems };
  return {
    options: {
      port: Number(given.PORT),
      logLevel: given.LOG_LEVEL as LogLevel,
      ...(WEBHOOK_TOKEN && { tokens: splitTokens(WEBHOOK_TOKEN) }),
      ...(WEBHOOK_TOKEN_FILE && { tokenFile: WEBHOOK_TOKEN_FILE }),
      ...(TLS_CERT_DIR && { certificateDirectory: TLS_CERT_DIR }),
    },
  };
}
