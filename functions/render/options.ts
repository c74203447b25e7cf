import type { Program, Settings, Values } from "../contract/setting-table.ts";
import { isDnsLabel } from "../contract/names.ts";
import { matching, namespaceName, oneOf } from "../contract/setting-values.ts";
import { renderHelp } from "./help.ts";

const settings = {
  output: {
    usage: "-o, --output yaml|json",
    help: "form of the output; JSON is one List",
    default: "yaml",
    parse: oneOf(["yaml", "json"]),
  },
  /** The namespace of manifests that name none. */
  namespace: {
    usage: "-n, --namespace NAME",
    help: "the namespace of manifests that name none (default: leave it out)",
    parse: namespaceName,
  },
  summary: {
    usage: "--summary",
    help: "a table in place of the manifests: a line for each volume with its class, size and life cycle, how many claims there are at the given replicas, and how much storage they ask for in all",
  },
  /** The StatefulSet whose claims are to be moved into the pool of the manifest's workload. */
  importFrom: {
    usage: "--import-from STATEFULSET",
    help: "kubectl commands in place of the manifests: they move the claims of this StatefulSet into the pool of the only workload that reuses claims, a set for each of its replicas",
    parse: matching(isDnsLabel, "is not the name of a StatefulSet"),
  },
} as const satisfies Settings;

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
