import { isIP } from "node:net";
import {
  formatDuration,
  parseDuration,
} from "../../functions/contract/duration.ts";
import {
  CA_CERT,
  CA_SECRET,
  CERTIFICATE_SECRET,
  TLS_CERT,
  TLS_KEY,
  TOKEN_SECRET,
  WEBHOOK_CONFIGURATION,
} from "../../functions/contract/keys.ts";
import { isDnsSubdomain } from "../../functions/contract/names.ts";
import type {
  Program,
  Settings,
  Values,
} from "../../functions/contract/setting-table.ts";
import {
  duration,
  matching,
  namespaceName,
  choiceOf,
} from "../../functions/contract/setting-values.ts";
import { CERTIFICATES_PREFIX, CONTEXT } from "../settings/options.ts";
import { RENEWABLE } from "./decision/installation.ts";
import { certificatesHelp } from "./help.ts";

const DAY_MS = parseDuration("1d") ?? Number.NaN;

const secretName = matching(isDnsSubdomain, "is not the name of a Secret");

const settings = {
  namespace: {
    usage: "-n, --namespace NAME",
    help: "where the Secrets are",
    default: "stateful-deployments",
    parse: namespaceName,
  },
  secret: {
    usage: "--secret NAME",
    help: `Secret of the serving certificate: ${TLS_CERT}, ${TLS_KEY}, ${CA_CERT}`,
    default: CERTIFICATE_SECRET,
    parse: secretName,
  },
  caSecret: {
    usage: "--ca-secret NAME",
    help: `Secret of the authority that signs it: ${TLS_CERT}, ${TLS_KEY}. Only this command needs to read it`,
    default: CA_SECRET,
    parse: secretName,
  },
  tokenSecret: {
    usage: "--token-secret NAME",
    help: "Secret of the secret path, in its key token; the function follows it as WEBHOOK_TOKEN_FILE",
    default: TOKEN_SECRET,
    parse: secretName,
  },
  webhookConfiguration: {
    usage: "--webhook-configuration NAME",
    help: "MutatingWebhookConfiguration whose caBundle and path this command writes",
    default: WEBHOOK_CONFIGURATION,
    parse: matching(
      isDnsSubdomain,
      "is not the name of a webhook configuration",
    ),
  },
  dnsNames: {
    usage: "--dns-name NAME",
    help: "name or address that the serving certificate is for; may be repeated, or name several with commas (default: those by which the webhook configuration calls the function)",
    list: true,
    // No wildcard: the API server asks for the whole name.
    parse: matching(isHost, "is neither a DNS name nor an IP address"),
  },
  validityMs: {
    usage: "--validity DURATION",
    help: "how long a serving certificate is valid",
    // As Let's Encrypt and cert-manager have it: short enough that renewal is never forgotten, long enough for any outage.
    default: "90d",
    // New certificates start an hour in the past; a shorter validity is for tests only.
    parse: duration(60_000, 825 * DAY_MS),
  },
  renewBeforeMs: {
    usage: "--renew-before DURATION",
    help: "how long before its end it is renewed, less than half of --validity",
    default: "30d",
    parse: duration(0),
  },
  caValidityMs: {
    usage: "--ca-validity DURATION",
    help: "how long an authority is valid, at least twice --validity; it is renewed before a certificate would outlive it",
    default: "3650d",
    parse: duration(0, 100 * 365 * DAY_MS),
  },
  tokenValidityMs: {
    usage: "--token-validity DURATION",
    help: "age from which the token is replaced; 0: only when asked",
    // A failed call writes the path into events, so a token must not be valid for long. Replacing it takes three small writes.
    default: "1d",
    parse: duration(0),
  },
  settleTimeMs: {
    usage: "--settle-time DURATION",
    help: "how long a change may take to reach every API server and every Pod of the function; the next step of a renewal comes no sooner",
    // The kubelet looks at its Pods' Secrets every 60 to 90 s and may have a cache of as long again; API servers watch.
    default: "5m",
    parse: duration(0, DAY_MS),
  },
  renew: {
    usage: `--renew ${RENEWABLE.join("|")}`,
    help: "renew this now, whatever its age, such as a token that has become known; may be repeated",
    list: true,
    parse: choiceOf(RENEWABLE),
  },
  onlyToken: {
    usage: "--only-token",
    help: "leave certificates and caBundle to somebody else, such as cert-manager",
  },
  context: CONTEXT,
} as const satisfies Settings;

/** The settings of `janitor certificates`, in the order of `--help`. Names are by default those of `manifests/`. */
export const CERTIFICATES: Program<typeof settings> = {
  settings,
  help: certificatesHelp,
  prefix: CERTIFICATES_PREFIX,
  check: (options) => {
    const { caSecret, secret, tokenSecret, onlyToken, renew } = options;
    const { caValidityMs, renewBeforeMs, validityMs } = options;
    const validity = `--validity ${formatDuration(validityMs)}`;
    const problems: string[] = [];
    // Otherwise each run would renew what the run before has created.
    if (renewBeforeMs >= validityMs / 2)
      problems.push(
        `--renew-before: ${formatDuration(renewBeforeMs)} is not less than half of ${validity}`,
      );
    if (caValidityMs < 2 * validityMs)
      problems.push(
        `--ca-validity: ${formatDuration(caValidityMs)} is less than twice ${validity}`,
      );
    if (new Set([secret, caSecret, tokenSecret]).size < 3)
      problems.push(
        "--secret, --ca-secret and --token-secret: name three different Secrets",
      );
    if (onlyToken && renew.some((one) => one !== "token"))
      problems.push(
        "--only-token: nothing but the token can be renewed; drop it, or the other --renew",
      );
    return problems;
  },
};

/** Settings of one run of `janitor certificates`. */
export type CertificateOptions = Values<typeof settings>;

function isHost(text: string): boolean {
  // Another machine cannot call an address with a zone.
  if (isIP(text) !== 0) return !text.includes("%");
  return (
    text.length <= 253 && /^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?$/.test(text)
  );
}
