import { canonicalName } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import type {
  Authority,
  Installation,
  Renewable,
  RenewalPolicy,
  Serving,
} from "./installation.ts";
import type { Action, Waiting } from "./action.ts";

type Requested = ReadonlySet<Renewable>;

/** The action that creates a usable authority, if one is due. */
export function nextAuthority(
  installation: Installation,
  { renewBeforeMs, validityMs }: RenewalPolicy,
  requested: Requested,
): Action | undefined {
  const { authority, now } = installation;
  if (authority.kind !== "usable")
    return make(
      authority.kind === "broken"
        ? `the old one ${authority.why}`
        : "the first",
    );
  const { certificate } = authority.value;
  if (certificate.notAfter <= now)
    return make(`the old one ended on ${date(certificate.notAfter)}`);
  // One renewal at a time: the newest authority has not signed the served certificate yet.
  const served = servable(installation);
  if (served && !served.certificate.issuedBy(certificate)) return undefined;
  if (requested.has("ca")) return make("as requested");
  // Certificates that are issued from now on would outlive it.
  return certificate.notAfter - now < validityMs + renewBeforeMs
    ? make(`the old one ends on ${date(certificate.notAfter)}`)
    : undefined;
}

/** What to do with the serving certificate. There must be an authority. */
export function nextServing(
  installation: Installation,
  policy: RenewalPolicy,
  requested: Requested,
): Action | { failure: string } | { waiting: Waiting } | { done: true } {
  const names = namesToServe(installation, policy);
  if (names.length === 0)
    return {
      failure:
        "there is no name for the serving certificate: give --dns-name, or a webhook configuration with a Service",
    };
  const issue = (why: string): Action => ({
    kind: "issue-certificate",
    names,
    why,
  });
  const { now, serving } = installation;
  const served = servable(installation);
  // No API server accepts it, so nothing can break: no waiting.
  if (!served)
    return issue(
      serving.kind === "usable"
        ? serving.value.certificate.notAfter <= now
          ? `the old one ended on ${date(serving.value.certificate.notAfter)}`
          : "the old one is of an unknown authority"
        : serving.kind === "broken"
          ? `the old one ${serving.why}`
          : "the first",
    );
  const { certificate } = authorityOf(installation);
  const ofAuthority = served.certificate.issuedBy(certificate);
  const why = whyDue(installation, served, names, policy, requested);
  if (why === undefined) return { done: true };
  const until = ofAuthority ? now : trustedFrom(installation, policy);
  return until <= now
    ? issue(why)
    : {
        waiting: { what: `a new serving certificate is issued: ${why}`, until },
      };
}

/** What `caBundle` must contain, and when it can become shorter. There must be an authority. */
export function trustedCertificates(
  installation: Installation,
  { settleTimeMs }: RenewalPolicy,
): {
  readonly trusted: readonly Certificate[];
  readonly waiting: Waiting | undefined;
} {
  const { now, serving } = installation;
  const { certificate } = authorityOf(installation);
  const served = servable(installation);
  const trusted = new Map([[certificate.fingerprint, certificate]]);
  for (const known of knownAuthorities(installation)) {
    if (served?.certificate.issuedBy(known))
      trusted.set(known.fingerprint, known);
  }
  // Their certificates may still be served for a while after they were replaced in the Secret.
  const until =
    serving.kind === "usable" ? serving.writtenAt + settleTimeMs : 0;
  let waiting: Waiting | undefined;
  for (const old of trustedNow(installation)) {
    if (trusted.has(old.fingerprint) || now >= until || old.notAfter <= now)
      continue;
    trusted.set(old.fingerprint, old);
    waiting = { what: "the old authority is removed from caBundle", until };
  }
  return { trusted: [...trusted.values()], waiting };
}

/** Why to replace a certificate that API servers still accept. */
function whyDue(
  installation: Installation,
  { certificate }: Serving,
  names: readonly string[],
  { renewBeforeMs }: RenewalPolicy,
  requested: Requested,
): string | undefined {
  if (certificate.names.join() !== names.join())
    return `the old one is for ${certificate.names.join(", ") || "no name"}`;
  if (!certificate.issuedBy(authorityOf(installation).certificate))
    return "the old one is of the old authority";
  if (certificate.notAfter - installation.now < renewBeforeMs)
    return `the old one ends on ${date(certificate.notAfter)}`;
  return requested.has("certificate") ? "as requested" : undefined;
}

/** The time from which every API server trusts the authority; Infinity while it is not in `caBundle`. */
function trustedFrom(
  installation: Installation,
  { settleTimeMs }: RenewalPolicy,
): number {
  const { now, webhook } = installation;
  if (!webhook) return now; // no API server calls
  const { fingerprint } = authorityOf(installation).certificate;
  const everywhere = webhook.webhooks.every(({ trusted }) =>
    trusted.some((one) => one.fingerprint === fingerprint),
  );
  return everywhere ? webhook.writtenAt + settleTimeMs : Infinity;
}

/** The served certificate; undefined if no API server accepts it. */
function servable(installation: Installation): Serving | undefined {
  const { now, serving } = installation;
  if (serving.kind !== "usable") return undefined;
  const { certificate } = serving.value;
  const known = knownAuthorities(installation).some((authority) =>
    certificate.issuedBy(authority),
  );
  return known && certificate.notAfter > now ? serving.value : undefined;
}

/** Every authority that is found anywhere: its own Secret may be lost or replaced. */
function knownAuthorities(installation: Installation): Certificate[] {
  const { authority, serving } = installation;
  return [
    ...(authority.kind === "usable" ? [authority.value.certificate] : []),
    ...(serving.kind === "usable" ? serving.value.issuers : []),
    ...trustedNow(installation),
  ].filter(({ isAuthority }) => isAuthority);
}

function trustedNow({ webhook }: Installation): Certificate[] {
  return (webhook?.webhooks ?? []).flatMap(({ trusted }) => trusted);
}

function namesToServe(
  { webhook }: Installation,
  { dnsNames }: RenewalPolicy,
): string[] {
  const names =
    dnsNames.length > 0
      ? dnsNames
      : (webhook?.webhooks ?? []).map(({ host }) => host);
  return [...new Set(names.map(canonicalName))].toSorted();
}

function authorityOf({ authority }: Installation): Authority {
  if (authority.kind !== "usable")
    throw new TypeError("there is no authority yet");
  return authority.value;
}

function date(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function make(why: string): Action {
  return { kind: "make-authority", why };
}
