import { parseArgs } from "node:util";
import {
  CERTIFICATES_PREFIX,
  environmentVariable,
  SWEEP_FLAGS,
} from "./flags.ts";
import type { Flag, FlagSet } from "./flags.ts";

/** A setting as it was given: the texts, and for messages where they come from. */
export interface GivenSetting {
  /** `--page-size` or `JANITOR_PAGE_SIZE`. */
  readonly source: string;
  /** More than one only where a flag was repeated. */
  readonly values: readonly string[];
}

/** What argv and env hold. `problems` are those of the flags and variables themselves, not of their values. */
export interface GivenSettings {
  readonly settings: ReadonlyMap<Flag, GivenSetting>;
  readonly help: boolean;
  readonly version: boolean;
  readonly problems: readonly string[];
}

/** A Service whose name begins with `janitor` puts variables with our prefix into every Pod of its namespace. */
const SERVICE_VARIABLE = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$/;

/** Collects the settings from flags and, where there is none, from environment variables. */
export function givenSettings(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  flagSet: FlagSet = SWEEP_FLAGS,
): GivenSettings {
  const { flags } = flagSet;
  const settings = new Map<Flag, GivenSetting>();
  const problems = fromEnvironment(env, settings, flagSet);
  const asked = { help: false, version: false };
  const ofFlags = new Map<Flag, GivenSetting>();
  for (const token of tokensOf(argv, flags)) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      problems.push(
        `${JSON.stringify(token.value)}: only flags are expected; --help lists them`,
      );
      continue;
    }
    const source = token.rawName;
    if (token.name === "help" || token.name === "version") {
      asked[token.name] = true;
      continue;
    }
    const flag = flags.find(({ name }) => name === token.name);
    const negated = source.startsWith("--no-");
    if (!flag || (negated && flag.kind !== "boolean")) {
      problems.push(`${source}: there is no such flag; --help lists them`);
      continue;
    }
    const value =
      flag.kind === "boolean"
        ? (token.value ?? String(!negated))
        : token.value?.startsWith("-") && !token.inlineValue
          ? undefined // parseArgs took the next flag for the value
          : token.value;
    if (value === undefined) {
      problems.push(`${source}: a value is missing`);
      continue;
    }
    const before = flag.kind === "list" ? ofFlags.get(flag)?.values : undefined;
    ofFlags.set(flag, { source, values: [...(before ?? []), value] });
  }
  return {
    settings: new Map([...settings, ...ofFlags]),
    ...asked,
    problems,
  };
}

/**
 * An unknown variable is a problem, since a misspelt JANITOR_DRY_RUN would delete claims. So is an empty one: an empty
 * JANITOR_NAMESPACE, left behind by a template, would sweep every namespace.
 */
function fromEnvironment(
  env: NodeJS.ProcessEnv,
  settings: Map<Flag, GivenSetting>,
  { flags, prefix }: FlagSet,
): string[] {
  const problems: string[] = [];
  for (const [source, value] of Object.entries(env)) {
    if (!source.startsWith(prefix) || value === undefined) continue;
    // One ConfigMap may serve both commands.
    if (
      prefix !== CERTIFICATES_PREFIX &&
      source.startsWith(CERTIFICATES_PREFIX)
    )
      continue;
    const flag = flags.find(
      (one) => environmentVariable(one, prefix) === source,
    );
    if (!flag) {
      if (!SERVICE_VARIABLE.test(source))
        problems.push(`${source}: there is no such setting; --help lists them`);
    } else if (value.trim() === "") {
      problems.push(`${source}: is empty; unset it or give it a value`);
    } else {
      settings.set(flag, { source, values: [value] });
    }
  }
  return problems;
}

function tokensOf(argv: readonly string[], flags: readonly Flag[]) {
  const { tokens } = parseArgs({
    args: [...argv],
    // Otherwise it would throw at the first problem instead of telling all.
    strict: false,
    allowPositionals: true,
    allowNegative: true,
    tokens: true,
    options: {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
      ...Object.fromEntries(
        flags.map(({ name, kind, short }) => [
          name,
          {
            type: kind === "boolean" ? "boolean" : "string",
            ...(short !== undefined && { short }),
          } as const,
        ]),
      ),
    },
  });
  return tokens;
}
