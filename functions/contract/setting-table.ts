import { trueOrFalse } from "./setting-values.ts";
import type { Problem } from "./setting-values.ts";

/** One setting of a program: a flag with its environment variable, or a variable alone. */
export interface Setting {
  /** As `--help` shows it: `-o, --output table|json`, or `PORT NUMBER`. */
  readonly usage: string;
  readonly help: string;
  /** As a person would write it. Without it, a setting that is not given is left out. */
  readonly default?: string;
  /** The flag may be repeated, and a text may hold several values with commas. The default is an empty list. */
  readonly list?: true;
  /** Gives the value or a `Problem`. Without it the flag may stand alone: it is true or false, by default false. */
  readonly parse?: (text: string) => unknown;
}

export type Settings = Readonly<Record<string, Setting>>;

type Parsed<S> = S extends { readonly parse: (text: string) => infer V }
  ? Exclude<V, Problem>
  : boolean;

type Value<S> = S extends { readonly list: true }
  ? readonly Parsed<S>[]
  : S extends { readonly parse: unknown; readonly default?: never }
    ? Parsed<S> | undefined
    : Parsed<S>;

/** The values of a table of settings. */
export type Values<T extends Settings> = {
  readonly [K in keyof T]: Value<T[K]>;
};

/** The settings of a program and how it takes them. */
export interface Program<T extends Settings> {
  readonly settings: T;
  /** The text of `--help`, around what it says about the settings. */
  readonly help: (settings: string) => string;
  /** `JANITOR_` makes `JANITOR_DRY_RUN` the variable of `--dry-run`. Without a prefix flags have no variables. */
  readonly prefix?: string;
  /** Variables that begin so are another program's. */
  readonly otherPrefix?: string;
  /** The message when there is no argument beside the flags. A program without this message takes flags only. */
  readonly noArguments?: string;
  /** What is wrong with the settings together. One that is wrong by itself has its default. */
  readonly check?: (values: Values<T>) => readonly string[];
}

/** Each setting with the names in its `usage`: of the flag without its dashes, and of the variable. */
export function namedSettings<T extends Settings>(program: Program<T>) {
  const { settings, prefix } = program;
  return Object.entries<Setting>(settings).map(([key, setting]) => {
    const [, short, dashes, name = ""] =
      /^(?:-(\w), )?(--)?([\w-]+)/.exec(setting.usage) ?? [];
    const ofFlag = prefix && prefix + name.toUpperCase().replaceAll("-", "_");
    const standsAlone = setting.parse === undefined;
    return {
      ...(standsAlone && { default: "false" }),
      parse: trueOrFalse,
      ...setting,
      key,
      short,
      standsAlone,
      flag: dashes && name,
      variable: dashes ? ofFlag : name,
    };
  });
}

export type NamedSetting = ReturnType<typeof namedSettings>[number];
