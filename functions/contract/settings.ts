import { parseArgs } from "node:util";
import { quoted } from "./printable.ts";

/** What is wrong with a text, as it follows the name of the setting in a message. */
export interface Problem {
  readonly problem: string;
}

/** One setting of a program: a flag with its environment variable, or a variable alone. */
export interface Setting {
  /** As `--help` shows it: `-o, --output table|json`, or `PORT NUMBER`. A flag without a placeholder may stand alone and then means true. */
  readonly usage: string;
  readonly help: string;
  /** As a person would write it. A setting without a default is left out when it is not given. */
  readonly default?: string;
  /** The flag may be repeated, and a text may hold several values with commas. The default is an empty list. */
  readonly list?: true;
  /** Gives the value or a `Problem`. */
  readonly parse: (text: string) => unknown;
}

export type Settings = Readonly<Record<string, Setting>>;

type Always = { readonly default: string } | { readonly list: true };

type Value<S extends Setting> = S extends { readonly list: true }
  ? readonly Exclude<ReturnType<S["parse"]>, Problem>[]
  : Exclude<ReturnType<S["parse"]>, Problem>;

/** The values of a table of settings. */
export type Values<T extends Settings> = {
  readonly [K in keyof T as T[K] extends Always ? K : never]: Value<T[K]>;
} & {
  readonly [K in keyof T as T[K] extends Always ? never : K]?: Value<T[K]>;
};

/** The settings of a program and how it takes them. */
export interface Program<T extends Settings> {
  readonly settings: T;
  /** `JANITOR_` makes `JANITOR_DRY_RUN` the variable of `--dry-run`. Without a prefix flags have no variables. */
  readonly prefix?: string;
  /** Variables that begin so are another program's. */
  readonly otherPrefix?: string;
  /** The message when there is no argument beside the flags. A program without this message takes flags only. */
  readonly noArguments?: string;
  readonly words?: Partial<typeof WORDS>;
  /** What is wrong with the settings together. `given` tells where each comes from; a wrong one has its default as value. */
  readonly check?: (
    values: Values<T>,
    given: ReadonlyMap<keyof T, string>,
  ) => readonly string[];
}

/** What a command line asks for; `problems` has a line for each wrong setting. */
export type CommandLine<Options> =
  | {
      readonly kind: "run";
      readonly options: Options;
      /** The arguments beside the flags, for a program that takes them. */
      readonly rest?: readonly string[];
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

const WORDS = {
  afterName: ": ",
  unknownFlag: "there is no such flag; --help lists them",
  missingValue: "a value is missing",
};

/** Flags of every program that has flags; `--help` lists them last. */
const ASKING = [
  { usage: "-h, --help", help: "show this text" },
  { usage: "--version", help: "show the version" },
];

/** A Service whose name begins like the prefix puts such variables into every Pod of its namespace. */
const SERVICE_VARIABLE = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$/;

/** Lines of a terminal are at least this wide. */
const WIDTH = 80;

/** By the key of a setting its texts and their source, `--page-size` or `JANITOR_PAGE_SIZE`; by another key a line for the user. */
type Found = Map<
  string,
  { readonly source: string; readonly texts: readonly string[] } | string
>;

/** Reads the settings from flags and environment variables. A flag beats its variable, and the last flag wins. */
export function readSettings<T extends Settings>(
  program: Program<T>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): CommandLine<Values<T>> {
  const { settings, noArguments, check } = program;
  const { afterName } = { ...WORDS, ...program.words };
  const { asked, flags, rest } = fromFlags(program, argv);
  if (asked !== undefined) return { kind: asked };
  const values: Record<string, unknown> = {};
  for (const [key, { default: text, list, parse }] of Object.entries(settings))
    if (list) values[key] = [];
    else if (text !== undefined) values[key] = parse(text);
  const problems: string[] = [];
  const given = new Map<keyof T, string>();
  const found = new Map([...fromVariables(program, env), ...flags]);
  for (const [key, one] of found) {
    const { [key]: setting } = settings;
    if (typeof one === "string") problems.push(one);
    if (typeof one === "string" || !setting) continue;
    given.set(key, one.source);
    const parsed = one.texts.map((text) => setting.parse(text));
    const wrong = parsed.filter(isProblem);
    for (const { problem } of wrong)
      problems.push(one.source + afterName + problem);
    if (wrong.length === 0) values[key] = setting.list ? parsed : parsed.at(-1);
  }
  // Each value comes from the `parse` of its setting.
  const options = values as Values<T>;
  problems.push(...(check?.(options, given) ?? []));
  if (rest.length === 0 && noArguments) problems.push(noArguments);
  if (problems.length > 0) return { kind: "invalid", problems };
  return { kind: "run", options, ...(noArguments && { rest }) };
}

/** The settings as `--help` lists them, with their defaults and variables. */
export function describeSettings<T extends Settings>(program: Program<T>) {
  const ours = namedSettings(program);
  const lines = ours.map(({ setting, flag, variable }) => {
    const notes = setting.default ? [`default ${setting.default}`] : [];
    if (flag && variable) notes.push(variable);
    const { usage, help } = setting;
    return helpEntry(
      usage,
      ...(notes.length > 0 ? [help, `[${notes.join("; ")}]`] : [help]),
    );
  });
  if (ours.some(({ flag }) => flag))
    for (const { usage, help } of ASKING) lines.push(helpEntry(usage, help));
  return lines.join("\n");
}

/** Lines of `--help` about one thing. */
export function helpEntry(usage: string, ...texts: readonly string[]): string {
  return [`  ${usage}`, ...texts.flatMap(wrapped)].join("\n");
}

/** Each setting with the names in its `usage`: of the flag without its dashes, and of the variable. */
export function namedSettings<T extends Settings>(program: Program<T>) {
  const { settings, prefix } = program;
  return Object.entries<Setting>(settings).map(([key, setting]) => {
    const [, short, dashes, name = "", placeholder] =
      /^(?:-(\w), )?(--)?([\w-]+)(?: (.+))?$/.exec(setting.usage) ?? [];
    const ofFlag = prefix && prefix + name.toUpperCase().replaceAll("-", "_");
    const flag = dashes && name;
    const variable = dashes ? ofFlag : name;
    return { key, setting, flag, short, placeholder, variable };
  });
}

/**
 * An unknown variable with the prefix is a problem, since a misspelt JANITOR_DRY_RUN would delete claims. So is an empty one: an
 * empty JANITOR_NAMESPACE, left behind by a template, would sweep every namespace. An empty variable without a prefix is absent.
 */
function fromVariables<T extends Settings>(
  program: Program<T>,
  env: NodeJS.ProcessEnv,
): Found {
  const { prefix, otherPrefix } = program;
  const found: Found = new Map();
  const ours = namedSettings(program);
  for (const [source, text] of Object.entries(env)) {
    if (text === undefined) continue;
    if (otherPrefix !== undefined && source.startsWith(otherPrefix)) continue;
    const isPrefixed = prefix !== undefined && source.startsWith(prefix);
    const one = ours.find(({ variable }) => variable === source);
    if (!one && isPrefixed && !SERVICE_VARIABLE.test(source))
      found.set(
        source,
        `${source}: there is no such setting; --help lists them`,
      );
    if (one && isPrefixed && text.trim() === "")
      found.set(source, `${source}: is empty; unset it or give it a value`);
    else if (one && text !== "")
      found.set(one.key, { source, texts: textsOf(one.setting, [text]) });
  }
  return found;
}

function fromFlags<T extends Settings>(
  program: Program<T>,
  argv: readonly string[],
) {
  const { unknownFlag, missingValue } = { ...WORDS, ...program.words };
  const ours = namedSettings(program);
  const flags: Found = new Map();
  const complain = (line: string) => flags.set(`line ${flags.size}`, line);
  const rest: string[] = [];
  let asked: "help" | "version" | undefined;
  for (const token of tokensOf(ours, argv)) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      rest.push(token.value);
      if (program.noArguments === undefined)
        complain(
          `${quoted(token.value)}: only flags are expected; --help lists them`,
        );
      continue;
    }
    const { rawName: source, name, value, inlineValue } = token;
    const isNegative = source.startsWith("--no-");
    if (!isNegative && (name === "help" || name === "version"))
      asked = asked === "help" ? asked : name;
    const one = ours.find(({ flag }) => flag === name);
    const standsAlone = one?.placeholder === undefined;
    // parseArgs takes the next flag for the value of a flag that has none.
    const isNextFlag = !inlineValue && value?.startsWith("-");
    // Only a flag that stands alone and has a default can be turned off.
    if (!one || (isNegative && !(standsAlone && one.setting.default)))
      complain(`${source}: ${unknownFlag}`);
    else if (!standsAlone && (value === undefined || isNextFlag))
      complain(`${source}: ${missingValue}`);
    else {
      const before = one.setting.list && flags.get(one.key);
      const texts = typeof before === "object" ? before.texts : [];
      const all = [...texts, value ?? String(!isNegative)];
      flags.set(one.key, { source, texts: textsOf(one.setting, all) });
    }
  }
  return { asked, flags, rest };
}

function tokensOf(
  ours: ReturnType<typeof namedSettings>,
  argv: readonly string[],
) {
  const options = ours.map(({ flag = "", short, placeholder }) => {
    const type = placeholder === undefined ? "boolean" : "string";
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

function textsOf({ list }: Setting, texts: readonly string[]): string[] {
  if (!list) return [...texts];
  return [
    ...new Set(
      texts
        .join()
        .split(",")
        .map((one) => one.trim()),
    ),
  ];
}

function wrapped(text: string): string[] {
  const indent = " ".repeat(6);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines.splice(-1, 1, longer);
    else lines.push(indent + word);
  }
  return lines;
}

function isProblem(parsed: unknown): parsed is Problem {
  return typeof parsed === "object" && parsed !== null && "problem" in parsed;
}

const wrong = (text: string, why: string): Problem => ({
  problem: `${quoted(text)} ${why}`,
});

/** Takes a text for which `test` is true; `why` says what is wrong with another. */
export const matching =
  (test: (text: string) => boolean, why: string) => (text: string) =>
    test(text) ? text : wrong(text, why);

export const notBlank = matching(
  (text) => /\S/.test(text),
  "must not be empty",
);

export const oneOf =
  <const T extends string>(
    values: readonly T[],
    why = `is none of ${values.join(", ")}`,
  ) =>
  (text: string): T | Problem =>
    values.find((one) => one === text) ?? wrong(text, why);

export const trueOrFalse = (text: string): boolean | Problem =>
  text === "true" ||
  (text !== "false" && wrong(text, "is neither true nor false"));

export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string) =>
    /^-?\d+$/.test(text)
      ? within(Number(text), min, max, String)
      : wrong(text, "is not a whole number");

/** The value, or on which side of the limits it lies; `shown` writes it for people. */
export function within(
  value: number,
  min: number,
  max: number,
  shown: (value: number) => string,
): number | Problem {
  if (value < min) return { problem: `${shown(value)} is below ${shown(min)}` };
  if (value > max) return { problem: `${shown(value)} is above ${shown(max)}` };
  return value;
}
