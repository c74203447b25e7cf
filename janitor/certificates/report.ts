import type { Write } from "./decision/action.ts";
import type { Reconciled } from "./reconcile.ts";
import type { ObjectNames } from "./cluster-objects.ts";
import type { Installation, RenewalPolicy } from "./decision/installation.ts";
import type { SecretNames } from "./read-installation.ts";

type Names = ObjectNames & SecretNames;

/** A write in one line, without any secret in it. */
export function describeWritten(action: Write, names: Names): string {
  const { namespace, caSecret, secret, tokenSecret } = names;
  switch (action.kind) {
    case "make-authority":
      return `wrote Secret ${namespace}/${caSecret}: a new authority; ${action.why}`;
    case "issue-certificate":
      return `wrote Secret ${namespace}/${secret}: a new serving certificate for ${action.names.join(", ")}; ${action.why}`;
    case "write-tokens":
      return `wrote Secret ${namespace}/${tokenSecret}: ${action.add ? "a new token" : "one token less"}; ${action.why}`;
    case "write-webhook":
      return `wrote MutatingWebhookConfiguration ${names.webhookConfiguration}: ${action.why}`;
    default:
      return action satisfies never;
  }
}

/** The state at the end of the run: what there is, which steps follow, and when. */
export function describeEnd(
  { installation, underWay, waiting, written }: Reconciled,
  { onlyToken, renewBeforeMs }: RenewalPolicy,
): string[] {
  return [
    ...underWay.map((what) => `${what}: a renewal is under way already`),
    ...waiting.map(
      ({ what, until }) =>
        `to come: ${what}; not before ${time(until)} (run it again then)`,
    ),
    [
      written === 0 ? "nothing was written" : `${written} written`,
      ...(onlyToken ? [] : certificateFacts(installation, renewBeforeMs)),
      ...tokenFacts(installation),
    ].join("; "),
  ];
}

function certificateFacts(
  { authority, serving }: Installation,
  renewBeforeMs: number,
): string[] {
  const facts: string[] = [];
  if (authority.kind === "usable")
    facts.push(`authority until ${time(authority.value.certificate.notAfter)}`);
  if (serving.kind === "usable") {
    const { notAfter } = serving.value.certificate;
    facts.push(
      `serving certificate until ${time(notAfter)}, renewed from ${time(notAfter - renewBeforeMs)} on`,
    );
  }
  return facts;
}

function tokenFacts({ tokens }: Installation): string[] {
  if (tokens.kind !== "usable") return [];
  const count = tokens.value.length;
  return [
    count === 1
      ? `token of ${time(tokens.writtenAt)}`
      : `${count} tokens accepted`,
  ];
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}
