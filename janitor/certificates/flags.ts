import { CERTIFICATES_PREFIX } from "../flags.ts";
import type { FlagSet } from "../flags.ts";
import { RENEWABLE } from "./installation.ts";

/** Every setting of `janitor certificates`, in the order of `--help`. Names are those of `manifests/`. */
export const CERTIFICATE_FLAGS: FlagSet = {
  prefix: CERTIFICATES_PREFIX,
  flags: [
    {
      name: "namespace",
      short: "n",
      option: "namespace",
      kind: "text",
      value: "NAME",
      default: ["stateful-deployments"],
      help: "where the Secrets are",
      wrong: "is not the name of a namespace",
    },
    {
      name: "secret",
      option: "secret",
      kind: "text",
      value: "NAME",
      default: ["webhook-certificate"],
      help: "Secret of the serving certificate: tls.crt, tls.key, ca.crt",
      wrong: "is not the name of a Secret",
    },
    {
      name: "ca-secret",
      option: "caSecret",
      kind: "text",
      value: "NAME",
      default: ["webhook-ca"],
      help: "Secret of the authority that signs it: tls.crt, tls.key. Nothing but this command needs to read it",
      wrong: "is not the name of a Secret",
    },
    {
      name: "token-secret",
      option: "tokenSecret",
      kind: "text",
      value: "NAME",
      default: ["webhook-token"],
      help: "Secret of the secret path, in its key token; the function follows it as WEBHOOK_TOKEN_FILE",
      wrong: "is not the name of a Secret",
    },
    {
      name: "webhook-configuration",
      option: "webhookConfiguration",
      kind: "text",
      value: "NAME",
      default: ["10-stateful-deployments"],
      help: "MutatingWebhookConfiguration whose caBundle and path are kept",
      wrong: "is not the name of a webhook configuration",
    },
    {
      name: "dns-name",
      option: "dnsNames",
      kind: "list",
      value: "NAME",
      default: [],
      help: "name or address that the serving certificate is for; may be repeated, or name several with commas (default: those by which the webhook configuration calls the function)",
      wrong: "is neither a DNS name nor an IP address",
    },
    {
      name: "validity",
      option: "validityMs",
      kind: "duration",
      value: "DURATION",
      // As Let's Encrypt and cert-manager have it: short enough that renewal is never forgotten, long enough for any outage.
      default: ["90d"],
      help: "how long a serving certificate is valid",
    },
    {
      name: "renew-before",
      option: "renewBeforeMs",
      kind: "duration",
      value: "DURATION",
      default: ["30d"],
      help: "how long before its end it is renewed, less than half of --validity",
    },
    {
      name: "ca-validity",
      option: "caValidityMs",
      kind: "duration",
      value: "DURATION",
      default: ["3650d"],
      help: "how long an authority is valid, at least twice --validity; it is renewed before a certificate would outlive it",
    },
    {
      name: "token-validity",
      option: "tokenValidityMs",
      kind: "duration",
      value: "DURATION",
      // A failed call puts the path into the events of whoever creates Pods: it must not be good for long. Replacing it is three small writes.
      default: ["1d"],
      help: "age from which the token is replaced; 0: only when asked",
    },
    {
      name: "settle-time",
      option: "settleTimeMs",
      kind: "duration",
      value: "DURATION",
      // The kubelet looks at its Pods' Secrets every 60 to 90 s and may have a cache of as long again; API servers watch.
      default: ["5m"],
      help: "how long a change may take to reach every API server and every Pod of the function; the next step of a renewal comes no sooner",
    },
    {
      name: "renew",
      option: "renew",
      kind: "list",
      value: RENEWABLE.join("|"),
      default: [],
      help: "renew this now, whatever its age, such as a token that has become known; may be repeated",
      wrong: `is none of ${RENEWABLE.join(", ")}`,
    },
    {
      name: "only-token",
      option: "onlyToken",
      kind: "boolean",
      default: ["false"],
      help: "leave certificates and caBundle to somebody else, such as cert-manager",
    },
  ],
};
