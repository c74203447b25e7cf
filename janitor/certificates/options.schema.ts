import { parseDuration } from "../../functions/kubernetes/duration.ts";
import { RENEWABLE } from "./installation.ts";

const DAY_MS = parseDuration("1d") ?? Number.NaN;

/** Names of objects: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const OBJECT_NAME = {
  type: "string",
  maxLength: 253,
  pattern: "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$",
};

/** What the flags and environment variables may hold, after durations (to milliseconds) and booleans were read. */
export const certificateOptionsSchema = {
  $id: "CertificateOptions",
  type: "object",
  properties: {
    namespace: {
      type: "string",
      pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
    },
    secret: OBJECT_NAME,
    caSecret: OBJECT_NAME,
    tokenSecret: OBJECT_NAME,
    webhookConfiguration: OBJECT_NAME,
    dnsNames: {
      type: "array",
      // A wildcard is none: the API server asks for the whole name.
      items: {
        type: "string",
        maxLength: 253,
        pattern:
          "^([A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$",
      },
    },
    // An hour is what new certificates are backdated by; what is shorter is for tests only.
    validityMs: { type: "number", minimum: 60_000, maximum: 825 * DAY_MS },
    renewBeforeMs: { type: "number", minimum: 0 },
    caValidityMs: { type: "number", maximum: 100 * 365 * DAY_MS },
    tokenValidityMs: { type: "number", minimum: 0 },
    settleTimeMs: { type: "number", minimum: 0, maximum: DAY_MS },
    renew: { type: "array", items: { enum: [...RENEWABLE] } },
    onlyToken: { type: "boolean" },
    context: { type: "string", pattern: "\\S" },
  },
};
