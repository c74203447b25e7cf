import {
  describeSettings,
  matching,
  oneOf,
  readSettings,
} from "../contract/settings.ts";
import { quoted } from "../contract/printable.ts";
import type {
  CommandLine,
  Program,
  Settings,
  Values,
} from "../contract/settings.ts";
import { isDnsLabel } from "../contract/names.ts";

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

/** The text of `--help`. */
export function helpText(): string {
  return `Shows what stateful-deployments makes of manifests: the claims that each Pod gets, and the patched Pod templates.
It needs no cluster and changes nothing. It rejects what the function would reject, with the same messages.

Usage: stateful-deployments-render [flags] FILE|DIRECTORY|PATTERN|- ...

Reads YAML and JSON, several documents and Lists in a file, from the files named, from the *.yaml, *.yml and
*.json of a directory, from those that a pattern such as 'deploy/**/*.yaml' matches, and from standard input.
It takes every kind that has a Pod template, and skips objects without one or without our annotations.

Flags:

${describeSettings(RENDER)}

Examples:

  stateful-deployments-render deployment.yaml            the claims and the patched template
  stateful-deployments-render --summary deploy/          how much storage a directory of manifests asks for
  kubectl kustomize overlay | stateful-deployments-render -
  helm template chart | stateful-deployments-render --namespace shop --output json -

The names of claims end in <hash>, which stands for ten characters that differ from Pod to Pod. Kubernetes rejects such a
name, so you cannot apply the output by mistake: all Pods would share the claims in it. Apply the manifests themselves.

Exit codes:

  0  the function would accept everything; stderr may have warnings
  1  the function would reject something, or something is not a manifest; stderr names file, line and column, and stdout
     is empty
  2  a flag or a file name is wrong, or Node.js is too old; stderr also says what is wrong in the other files
`;
}
