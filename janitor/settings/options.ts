import { FLAGS } from "./flags.ts";
import { givenSettings } from "./given-settings.ts";
import { validate } from "./options.validate.generated.js";
import { describeProblem, readSettings } from "./read-settings.ts";

/** What a sweep does, and how much of it. */
export interface SweepOptions {
  /** Decides everything and writes nothing. */
  readonly dryRun: boolean;
  /** None means all. */
  readonly namespaces: readonly string[];
  /** Label selector of the claims that are looked at. */
  readonly selector: string;
  readonly gracePeriodMs: number;
  /** Namespaces at once, and in each of them deletes at once. */
  readonly concurrency: number;
  /** Most deletes of the whole run. */
  readonly maxDeletions: number;
  readonly adopt: boolean;
}

/** Settings of one run. */
export interface JanitorOptions extends SweepOptions {
  readonly output: "table" | "json";
  readonly pageSize: number;
  /** Name of the kubeconfig's context to use; without it the current one. */
  readonly context?: string;
}

/** What the command line asks for; `problems` names every one that is wrong, a line each. */
export type ParsedOptions =
  | { readonly kind: "run"; readonly options: JanitorOptions }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** Reads the settings from flags and environment variables (`JANITOR_DRY_RUN` ...); a flag beats its variable. */
export function parseOptions(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): ParsedOptions {
  const given = givenSettings(argv, env);
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const options = readSettings(FLAGS, given.settings);
  const problems = [...given.problems];
  if (!validate(options)) {
    for (const error of validate.errors ?? [])
      problems.push(...describeProblem(error, FLAGS, options, given.settings));
  }
  if (problems.length > 0) return { kind: "invalid", problems };
  const { unsafeGracePeriod: _, ...rest } = options;
  // The schema has checked it.
  return { kind: "run", options: rest as unknown as JanitorOptions };
}
