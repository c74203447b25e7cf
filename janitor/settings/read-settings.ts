import type { ErrorObject } from "ajv";
import type { Flag } from "./flags.ts";
import type { GivenSetting } from "./given-settings.ts";
import { SETTING_KINDS, shown } from "./setting-kinds.ts";

/** The value of each flag, or of its default, by the property that the schema checks. Without both, it is left out. */
export function readSettings(
  flags: readonly Flag[],
  settings: ReadonlyMap<Flag, GivenSetting>,
): Record<string, unknown> {
  return Object.fromEntries(
    flags.flatMap((flag) => {
      const texts = settings.get(flag)?.values ?? flag.default;
      const { option, kind } = flag;
      if (texts.length > 0) return [[option, SETTING_KINDS[kind].read(texts)]];
      return kind === "list" ? [[option, []]] : [];
    }),
  );
}

/** A schema error in the words of the command line, such as `--page-size: 0 is below 1`. */
export function describeProblem(
  { instancePath, keyword, params }: ErrorObject,
  flags: readonly Flag[],
  options: Readonly<Record<string, unknown>>,
  settings: ReadonlyMap<Flag, GivenSetting>,
): string[] {
  const [, option, index] = instancePath.split("/");
  const flag = flags.find((one) => one.option === option);
  if (!flag) return []; // "if" only repeats what its branch says
  const source = settings.get(flag)?.source ?? `--${flag.name}`;
  const all = options[flag.option];
  const value = shown(flag, Array.isArray(all) ? all[Number(index)] : all);
  const limit = shown(flag, params["limit"]);
  switch (keyword) {
    case "minimum":
      return [
        `${source}: ${value} is below ${limit}${flag.tooLow ? `; ${flag.tooLow}` : ""}`,
      ];
    case "maximum":
      return [`${source}: ${value} is above ${limit}`];
    default:
      return [`${source}: ${value} ${SETTING_KINDS[flag.kind].wrong(flag)}`];
  }
}
