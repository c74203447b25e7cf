import { LOG_LEVELS } from "./logger.ts";

/** What the environment variables of the function may hold, after numbers were read. */
export const functionOptionsSchema = {
  $id: "FunctionOptions",
  type: "object",
  required: ["PORT", "LOG_LEVEL"],
  properties: {
    PORT: { type: "integer", minimum: 0, maximum: 65_535 },
    LOG_LEVEL: { enum: [...LOG_LEVELS] },
    // Part of a URL's path, and a secret: long enough that nobody guesses it, and nothing that needs an escape.
    WEBHOOK_TOKEN: { type: "string", pattern: "^[A-Za-z0-9_-]{16,128}$" },
    TLS_CERT_DIR: { type: "string", minLength: 1 },
  },
};
