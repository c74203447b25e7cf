import { isIP } from "node:net";
import { formatDuration } from "../../functions/kubernetes/duration.ts";
import { givenSettings } from "../settings/given-settings.ts";
import { describeProblem, readSettings } from "../settings/read-settings.ts";
import type { ObjectNames } from "./cluster-objects.ts";
import { CERTIFICATE_FLAGS } from "./flags.ts";
import type { Renewable, RenewalPolicy } from "./installation.ts";
import { validate } from "./options.validate.generated.js";
import type { SecretNames } from "./read-installation.ts";

/** Settings of one run of `janitor certificates`. */
export interface CertificateOptions
  extends RenewalPolicy, ObjectNames, SecretNames {
  readonly renew: readonly Renewable[];
  /** Name of the kubeconfig's context to use; without it the current one. */
  readonly context?: string;
}

/** What the command line asks for; `problems` names every one that is wrong, a line each. */
export type ParsedCertificateOptions =
  | { readonly kind: "run"; readonly options: CertificateOptions }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** Reads the settings from flags and environment variables (`JANITOR_CERTIFICATES_NAMESPACE` ...); a flag beats its variable. */
export function parseCertificateOptions(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): ParsedCertificateOptions {
  const { flags } = CERTIFICATE_FLAGS;
  const given = givenSettings(argv, env, CERTIFICATE_FLAGS);
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const read = readSettings(flags, given.settings);
  const problems = [...given.problems];
  if (!validate(read))
    for (const error of validate.errors ?? [])
      problems.push(...describeProblem(error, flags, read, given.settings));
  if (problems.length > 0) return { kind: "invalid", problems };
  // The schema has checked it.
  const options = read as unknown as CertificateOptions;
  const contradictions = contradictionsIn(options);
  return contradictions.length > 0
    ? { kind: "invalid", problems: contradictions }
    : { kind: "run", options };
}

function contradictionsIn({
  caSecret,
  caValidityMs,
  dnsNames,
  onlyToken,
  renew,
  renewBeforeMs,
  secret,
  tokenSecret,
  validityMs,
}: CertificateOptions): string[] {
  const problems: string[] = [];
  // Else each run would renew what the run before has made, or nearly so.
  if (renewBeforeMs >= validityMs / 2)
    problems.push(
      `--renew-before: ${formatDuration(renewBeforeMs)} is not less than half of --validity ${formatDuration(validityMs)}`,
    );
  if (caValidityMs < 2 * validityMs)
    problems.push(
      `--ca-validity: ${formatDuration(caValidityMs)} is less than twice --validity ${formatDuration(validityMs)}`,
    );
  if (new Set([secret, caSecret, tokenSecret]).size < 3)
    problems.push(
      "--secret, --ca-secret and --token-secret: name three different Secrets",
    );
  for (const name of dnsNames)
    if (name.includes(":") && isIP(name) === 0)
      problems.push(
        `--dns-name: ${JSON.stringify(name)} is neither a DNS name nor an IP address`,
      );
  if (onlyToken && renew.some((one) => one !== "token"))
    problems.push(
      "--only-token: nothing but the token can be renewed; drop it, or the other --renew",
    );
  return problems;
}
