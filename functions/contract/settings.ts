import { parseArgs } from "node:util";
import manifest from "../../package.json" with { type: "json" };
import { quoted } from "./printable.ts";
import { namedSettings } from "./setting-table.ts";
import type {
  NamedSetting,
  Program,
  Settings,
  Values,
} from "./setting-table.ts";
import { isProblem } from "./setting-values.ts";
import { helpText } from "./settings-help.ts";

/** What a command line asks for: to run, to print the help or the version, or nothing that can be done, with a line for each problem. */
export type CommandLine<Options> =
  | {
      readonly kind: "run";
      readonly options: Options;
      /** The arguments beside the flags, for a program that takes them. */
      readonly rest: readonly string[];
    }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** By the key of a setting its text and where it comes from, such as `--page-size` or `JANITOR_PAGE_SIZE`. */
type Given = Map<string, { readonly source: string; readonly text: string }>;

/** A Service whose name begins like the prefix puts such variables into every Pod of its namespace. */
const SERVICE_VARIABLE = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$/;

/** Reads the settings from flags and environment variables. A flag beats its variable, and the last flag wins. */
export function readSettings<T extends Settings>(
  program: Program<T>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): CommandLine<Values<T>> {
  const { check, noArguments } = program;
  const named = namedSettings(program);
  const problems: string[] = [];
  const variables = fromVariables(program, named, env, problems);
  const { asked, flags, rest } = fromFlags(named, argv, problems);
  if (asked === "help") return { kind: "print", text: helpText(program) };
  if (asked) return { kind: "print", text: `${manifest.version}\n` };
  const given: Given = new Map([...variables, ...flags]);
  const values: Record<string, unknown> = {};
  for (const { key, list, parse, default: usual } of named) {
    if (list) values[key] = [];
    else if (usual !== undefined) values[key] = parse(usual);
    const one = given.get(key);
    if (!one) continue;
    const parsed = (list ? itemsOf(one.text) : [one.text]).map(parse);
    const wrong = parsed.filter(isProblem);
    for (const { problem } of wrong) problems.push(`${one.source}: ${problem}`);
    if (wrong.length === 0) values[key] = list ? parsed : parsed[0];
  }
  // Each value comes from the `parse` of its setting.
  const options = values as Values<T>;
  problems.push(...(check?.(options) ?? []));
  if (noArguments === undefined)
    for (const one of rest)
      problems.push(
        `${quoted(one)}: is not expected; --help lists all settings`,
      );
  else if (rest.length === 0) problems.push(noArguments);
  return problems.length > 0
    ? { kind: "invalid", problems }
    : { kind: "run", options, rest };
}

/**
 * An unknown variable with the prefix is a problem, since a misspelt JANITOR_DRY_RUN would delete claims. So is an empty one: an
 * empty JANITOR_NAMESPACE, left behind by a template, would sweep every namespace. An empty variable without a prefix is absent.
 */
function fromVariables<T extends Settings>(
  { prefix, otherPrefix }: Program<T>,
  named: readonly NamedSetting[],
  env: NodeJS.ProcessEnv,
  problems: string[],
): Given {
  const given: Given = new Map();
  for (const [source, text = ""] of Object.entries(env)) {
    if (otherPrefix && source.startsWith(otherPrefix)) continue;
    const isPrefixed = prefix !== undefined && source.startsWith(prefix);
    const one = named.find(({ variable }) => variable === source);
    if (!one && isPrefixed && !SERVICE_VARIABLE.test(source))
      problems.push(`${source}: there is no such setting; --help lists them`);
    if (one && isPrefixed && text.trim() === "")
      problems.push(`${source}: is empty; unset it or give it a value`);
    else if (one && text !== "") given.set(one.key, { source, text });
  }
  return given;
}

function fromFlags(
  named: readonly NamedSetting[],
  argv: readonly string[],
  problems: string[],
) {
  const flags: Given = new Map();
  const rest: string[] = [];
  let asked: "help" | "version" | undefined;
  for (const token of tokensOf(named, argv)) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName: source, name, value, inlineValue } = token;
    const isNegative = source.startsWith("--no-");
    const one = named.find(({ flag }) => flag === name);
    // parseArgs takes the next flag for the value of a flag that has none.
    const isNextFlag = !inlineValue && value?.startsWith("-");
    if (!isNegative && (name === "help" || name === "version"))
      asked = asked === "help" ? asked : name;
    else if (!one || (isNegative && !one.standsAlone))
      problems.push(`${source}: there is no such flag; --help lists them`);
    else if (!one.standsAlone && (value === undefined || isNextFlag))
      problems.push(`${source}: a value is missing`);
    else {
      const before = one.list && flags.get(one.key);
      const text = value ?? String(!isNegative);
      const all = before ? `${before.text},${text}` : text;
      flags.set(one.key, { source, text: all });
    }
  }
  return { asked, flags, rest };
}

function tokensOf(named: readonly NamedSetting[], argv: readonly string[]) {
  const options = named.map(({ flag = "", short, standsAlone }) => {
    const type = standsAlone ? "boolean" : "string";
    return [flag, { type, ...(short !== undefined && { short }) }] as const;
  });
  return parseArgs({
    args: [...argv],
    // A strict parseArgs throws at the first problem.
    strict: false,
    allowPositionals: true,
    allowNegative: true,
    tokens: true,
    options: {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
      ...Object.fromEntries(options),
    },
  }).tokens;
}

function itemsOf(text: string): string[] {
  return [...new Set(text.split(",").map((item) => item.trim()))];
}
