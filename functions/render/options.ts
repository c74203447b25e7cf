import { matching, oneOf, readSettings } from "../contract/settings.ts";
import { quoted } from "../contract/printable.ts";
import type {
  CommandLine,
  Program,
  Settings,
  Values,
} from "../contract/settings.ts";
import { isDnsLabel } from "../kubernetes/names.ts";

const settings = {
  output: {
    usage: "-o, --output yaml|json",
    help: "form of the output; JSON is one List",
    default: "yaml",
    parse: oneOf(["yaml", "json"], "is neither yaml nor json"),
  },
  /** The namespace of manifests that name none. */
  namespace: {
    usage: "-n, --namespace NAME",
    help: "the namespace of manifests that name none (default: leave it out)",
    parse: matching(isDnsLabel, "is not the name of a namespace"),
  },
  /** A table in place of the manifests. */
  summary: {
    usage: "--summary",
    help: "a table in place of the manifests: a line for each volume with its class, size and life cycle, how many claims there are at the given replicas, and how much storage they ask for in all",
    parse: (text: string) =>
      text === "true"
        ? true
        : { problem: `takes no value, not ${quoted(text)}` },
  },
} as const satisfies Settings;

/** The settings of render: flags only. */
export const RENDER: Program<typeof settings> = {
  settings,
  noArguments:
    "name files or directories with manifests, or - for standard input; --help has examples",
  words: {
    unknownFlag: "unknown flag; --help lists all flags",
    missingValue: "needs a value",
  },
};

/** What the person at the terminal asked for. */
export type RenderOptions = Omit<Values<typeof settings>, "summary"> & {
  readonly summary: boolean;
  /** Files, directories and patterns in the order given; `-` is standard input. */
  readonly paths: readonly string[];
};

/** Reads the arguments after the program's name. */
export function parseOptions(
  args: readonly string[],
): CommandLine<RenderOptions> {
  const parsed = readSettings(RENDER, args, {});
  if (parsed.kind !== "run") return parsed;
  const { options, rest: paths = [] } = parsed;
  return { kind: "run", options: { summary: false, ...options, paths } };
}
