import { LOG_LEVELS } from "./http/logger.ts";
import { MAX_TOKENS, TOKEN_FORM } from "./contract/token.ts";

/** What the environment variables of the function may hold, after numbers were read. */
export const functionOptionsSchema = {
  $id: "FunctionOptions",
  type: "object",
  required: ["PORT", "LOG_LEVEL"],
  properties: {
    PORT: { type: "integer", minimum: 0, maximum: 65_535 },
    LOG_LEVEL: { enum: [...LOG_LEVELS] },
    WEBHOOK_TOKEN: {
      type: "string",
      pattern: `^${TOKEN_FORM}(,${TOKEN_FORM}){0,${MAX_TOKENS - 1}}$`,
    },
    WEBHOOK_TOKEN_FILE: { type: "string", minLength: 1 },
    TLS_CERT_DIR: { type: "string", minLength: 1 },
  },
};
