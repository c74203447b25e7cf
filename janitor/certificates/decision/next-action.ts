import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
} from "../../../functions/contract/keys.ts";
import type { Certificate } from "./certificate.ts";
import {
  trustedCertificates,
  nextAuthority,
  nextServing,
} from "./decide-certificates.ts";
import { nextTokens, wantedToken } from "./decide-token.ts";
import type {
  Installation,
  Renewable,
  RenewalPolicy,
  WebhookConfiguration,
} from "./installation.ts";
import type { Action, Waiting } from "./action.ts";

/**
 * The one write that is due now. After it the command reads everything again. Each write follows only from what exists, so two runs
 * at once, or a run that was stopped, have the same result as one run.
 *
 * The order lets admissions go on. Every API server trusts a new authority before a certificate of it is served, and the old
 * authority stays in `caBundle` until its certificate is no longer served. Every Pod of the function accepts a new token before it
 * is in the webhook's path, and accepts the old one until no API server calls it. Between these steps the settle time passes,
 * usually until the next run.
 */
export function nextAction(
  installation: Installation,
  policy: RenewalPolicy,
  requested: ReadonlySet<Renewable>,
): Action {
  const obstacles = obstaclesOf(installation, policy);
  if (obstacles.length > 0)
    return { kind: "stop", failures: obstacles, waiting: [] };

  const failures: string[] = [];
  const waiting: Waiting[] = [];
  const { webhook } = installation;

  if (!policy.onlyToken) {
    const authority = nextAuthority(installation, policy, requested);
    if (authority) return authority;
  }
  const tokens = nextTokens(installation, policy, requested);
  if (tokens.action && installation.tokens.kind !== "usable")
    return tokens.action;

  if (!policy.onlyToken) {
    const serving = nextServing(installation, policy, requested);
    if ("kind" in serving) return serving;
    if ("failure" in serving) failures.push(serving.failure);
    if ("waiting" in serving) waiting.push(serving.waiting);
  }
  if (webhook) {
    const bundle = policy.onlyToken
      ? undefined
      : trustedCertificates(installation, policy);
    const path = wantedToken(installation, policy);
    const why = whyWrite(webhook, bundle?.trusted, path.token);
    if (why)
      return {
        kind: "write-webhook",
        trusted: bundle?.trusted,
        token: path.token,
        why,
      };
    if (bundle?.waiting) waiting.push(bundle.waiting);
    if (path.waiting) waiting.push(path.waiting);
  } else {
    failures.push(
      "there is no such MutatingWebhookConfiguration: apply the manifests, or name it with --webhook-configuration",
    );
  }
  if (tokens.action) return tokens.action;
  if (tokens.waiting) waiting.push(tokens.waiting);
  return { kind: "stop", failures, waiting };
}

/** What must not be overwritten: found before the first write, so that nothing is left half done. */
function obstaclesOf(
  { authority, serving, tokens, webhook }: Installation,
  { onlyToken }: RenewalPolicy,
): string[] {
  const secrets = onlyToken
    ? [["token-secret", tokens] as const]
    : [
        ["ca-secret", authority] as const,
        ["secret", serving] as const,
        ["token-secret", tokens] as const,
      ];
  const obstacles = secrets
    .filter(([, { kind }]) => kind === "foreign")
    .map(
      ([flag]) =>
        `the Secret of --${flag} may be somebody else's: it has no label ${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}. ` +
        "Give it that label to hand it over, delete it, or name another",
    );
  if (!onlyToken && webhook?.injectedFrom !== undefined)
    obstacles.push(
      `cert-manager writes caBundle of the webhook configuration (annotation cert-manager.io/inject-ca-from: ${webhook.injectedFrom}); ` +
        "leave the certificates to it with --only-token, or remove the annotation",
    );
  return obstacles;
}

/** Undefined when there is nothing to write. */
function whyWrite(
  { webhooks }: WebhookConfiguration,
  trusted: readonly Certificate[] | undefined,
  token: string | undefined,
): string | undefined {
  const reasons: string[] = [];
  if (trusted) {
    const wanted = fingerprints(trusted);
    const has = webhooks.map((one) => fingerprints(one.trusted));
    if (has.some((found) => !isSubset(wanted, found)))
      reasons.push("caBundle gains an authority");
    if (has.some((found) => !isSubset(found, wanted)))
      reasons.push("caBundle loses one that is not needed any more");
  }
  if (token !== undefined && webhooks.some((one) => one.token !== token))
    reasons.push("its path changes");
  return reasons.length > 0 ? reasons.join(", ") : undefined;
}

function fingerprints(certificates: readonly Certificate[]): string[] {
  return certificates.map(({ fingerprint }) => fingerprint);
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}
