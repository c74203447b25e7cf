import type { LogLevel } from "./logger.ts";
import { validate } from "./options.validate.generated.js";
import { describeSchemaErrors } from "./schema-errors.ts";

/** Port that Knative, and most else that serves containers, expects. */
const DEFAULT_PORT = 8080;

/** Settings of the function. */
export interface FunctionOptions {
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  readonly logLevel: LogLevel;
  /** When given, only `/mutate/<token>` is served. */
  readonly token?: string;
  /** When given, HTTPS with `tls.crt` and `tls.key` of this directory. */
  readonly certificateDirectory?: string;
}

/** Reads the settings from environment variables; `problems` names every one that is wrong. An empty variable counts as absent. */
export function parseOptions(
  env: NodeJS.ProcessEnv,
):
  | { readonly options: FunctionOptions }
  | { readonly problems: readonly string[] } {
  const { PORT, LOG_LEVEL, TLS_CERT_DIR, WEBHOOK_TOKEN } = env;
  const given = {
    PORT: PORT ? (/^\d+$/.test(PORT) ? Number(PORT) : PORT) : DEFAULT_PORT,
    LOG_LEVEL: LOG_LEVEL || "info",
    ...(WEBHOOK_TOKEN && { WEBHOOK_TOKEN }),
    ...(TLS_CERT_DIR && { TLS_CERT_DIR }),
  };
  // The token is a secret: what is wrong with it is said without it.
  if (!validate(given))
    return {
      problems: describeSchemaErrors(validate.errors ?? [], {
        ...given,
        ...(WEBHOOK_TOKEN && { WEBHOOK_TOKEN: "(hidden)" }),
      }),
    };
  return {
    options: {
      port: Number(given.PORT),
      logLevel: given.LOG_LEVEL as LogLevel,
      ...(WEBHOOK_TOKEN && { token: WEBHOOK_TOKEN }),
      ...(TLS_CERT_DIR && { certificateDirectory: TLS_CERT_DIR }),
    },
  };
}
