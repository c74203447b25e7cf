import {
  formatDuration,
  parseDuration,
} from "../../functions/kubernetes/duration.ts";
import type { Flag } from "./flags.ts";

/** How settings of one kind are read and spoken of. */
interface SettingKind {
  /** The value of the type that the schema asks for, or the text as it is, for the schema to refuse. */
  read(texts: readonly string[]): unknown;
  /** What is wrong with a value of another type or form, after that value. */
  wrong(flag: Flag): string;
}

const text: SettingKind = {
  read: lastOf,
  wrong: (flag) => flag.wrong ?? "must not be empty",
};

/** The kinds of settings by their name in `flags.ts`. */
export const SETTING_KINDS: Readonly<Record<Flag["kind"], SettingKind>> = {
  text,
  choice: {
    read: lastOf,
    wrong: ({ value }) => `is none of ${value?.split("|").join(", ")}`,
  },
  boolean: {
    read: (texts) =>
      ({ true: true, false: false })[lastOf(texts)] ?? lastOf(texts),
    wrong: () => "is neither true nor false",
  },
  number: {
    read: (texts) =>
      /^-?\d+$/.test(lastOf(texts)) ? Number(lastOf(texts)) : lastOf(texts),
    wrong: () => "is not a whole number",
  },
  duration: {
    read: (texts) => parseDuration(lastOf(texts)) ?? lastOf(texts),
    wrong: () => "is not a duration such as 90s, 5m, 1h30m or 7d",
  },
  list: {
    read: (texts) => [
      ...new Set(
        texts.flatMap((one) => one.split(",")).map((name) => name.trim()),
      ),
    ],
    wrong: (flag) => flag.wrong ?? "must not be empty",
  },
};

/** A value for messages: durations as people write them, all else as JSON. */
export function shown(flag: Flag, value: unknown): string {
  return flag.kind === "duration" && typeof value === "number"
    ? formatDuration(value)
    : JSON.stringify(value);
}

/** The last flag wins where one is repeated, as in most programs. */
function lastOf(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}
