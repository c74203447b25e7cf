import type { Program, Settings, Values } from "../contract/setting-table.ts";
import { isDnsLabel } from "../contract/names.ts";
import {
  matching,
  namespaceName,
  choiceOf,
} from "../contract/setting-values.ts";

const settings = {
  output: {
    usage: "-o, --output yaml|json",
    help: "form of the output; JSON is one List",
    default: "yaml",
    parse: choiceOf(["yaml", "json"]),
  },
  /** The namespace of manifests that name none. */
  namespace: {
    usage: "-n, --namespace NAME",
    help: "the namespace of manifests that name none (default: leave it out)",
    parse: namespaceName,
  },
  summary: {
    usage: "--summary",
    help: "print a table instead: one line per volume, the number of claims, their total size",
  },
  /** The StatefulSet whose claims are to be moved into the pool of the manifest's workload. */
  importFrom: {
    usage: "--import-from STATEFULSET",
    help: "print kubectl commands instead: they move the claims of this StatefulSet into the pool of the only workload that reuses claims, one set for each replica",
    parse: matching(isDnsLabel, "is not the name of a StatefulSet"),
  },
} as const satisfies Settings;

/** The text of `--help`, around what it says about the settings. */
const renderHelp = (
  flags: string,
): string => `Shows what stateful-deployments makes of manifests: the claims that each Pod gets, and the patched Pod templates.
It needs no cluster and changes nothing. It rejects what the function would reject, with the same messages.

Usage: stateful-deployments-render [flags] FILE|DIRECTORY|PATTERN|- ...

Reads YAML and JSON, several documents and Lists in a file, from the files named, from the *.yaml, *.yml and
*.json of a directory, from those that a pattern such as 'deploy/**/*.yaml' matches, and from standard input.
It takes every kind that has a Pod template, and skips objects without one or without our annotations.

Flags:

${flags}

Examples:

  stateful-deployments-render deployment.yaml            the claims and the patched template
  stateful-deployments-render --summary deploy/          how much storage a directory of manifests asks for
  stateful-deployments-render --import-from db db.yaml   how to move the claims of StatefulSet db
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

/** The settings of render: flags only. It takes files, directories and patterns; `-` is standard input. */
export const RENDER: Program<typeof settings> = {
  settings,
  help: renderHelp,
  noArguments:
    "name files or directories with manifests, or - for standard input; --help has examples",
  check: ({ importFrom, output, summary }) =>
    importFrom === undefined || (output === "yaml" && !summary)
      ? []
      : [
          "--import-from prints commands: leave out --summary and --output json",
        ],
};

export type RenderOptions = Values<typeof settings>;
