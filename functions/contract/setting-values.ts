import { formatDuration, parseDuration } from "./duration.ts";
import { isDnsLabel } from "./names.ts";
import { quoted } from "./printable.ts";

/** What is wrong with a text, as it follows the name of the setting in a message. */
export interface Problem {
  readonly problem: string;
}

export function isProblem(parsed: unknown): parsed is Problem {
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
  (text) => text.trim() !== "",
  "must not be empty",
);

export const namespaceName = matching(
  isDnsLabel,
  "is not the name of a namespace (at most 63 of a-z, 0-9 and -, none at an end being -)",
);

export const choiceOf =
  <const T extends string>(values: readonly T[]) =>
  (text: string): T | Problem =>
    values.find((one) => one === text) ??
    wrong(text, `is none of ${values.join(", ")}`);

export const trueOrFalse = (text: string): boolean | Problem =>
  text === "true" ||
  (text !== "false" && wrong(text, "is neither true nor false"));

export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number | Problem =>
    /^-?\d+$/.test(text)
      ? within(Number(text), min, max, String)
      : wrong(text, "is not a whole number");

/** A duration such as `90s`, in milliseconds. */
export const duration =
  (minMs: number, maxMs = Infinity) =>
  (text: string): number | Problem => {
    const value = parseDuration(text);
    return value === undefined
      ? wrong(text, "is not a duration such as 90s, 5m, 1h30m or 7d")
      : within(value, minMs, maxMs, formatDuration);
  };

/** The value, or on which side of the limits it lies; `shown` writes it for people. */
function within(
  value: number,
  min: number,
  max: number,
  shown: (value: number) => string,
): number | Problem {
  if (value < min) return { problem: `${shown(value)} is below ${shown(min)}` };
  if (value > max) return { problem: `${shown(value)} is above ${shown(max)}` };
  return value;
}
