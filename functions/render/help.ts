import { describeSettings } from "../contract/settings.ts";
import { RENDER } from "./options.ts";

/** The text of `--help`. */
export function helpText(): string {
  return `Shows what stateful-deployments makes of manifests: the claims that each Pod gets, and the Pod templates as they
will be. It asks no cluster and changes nothing. What would be refused is refused here in the same words.

Usage: stateful-deployments-render [flags] FILE|DIRECTORY|PATTERN|- ...

Reads YAML and JSON, several documents and Lists in a file, from the files named, from the *.yaml, *.yml and
*.json of a directory, from those that a pattern such as 'deploy/**/*.yaml' matches, and from standard input.
Every kind with a Pod template in it counts; what has none, or none with our annotations, is passed over.

Flags:

${describeSettings(RENDER)}

Examples:

  stateful-deployments-render deployment.yaml            the claims and the patched template
  stateful-deployments-render --summary deploy/          how much storage a directory of manifests asks for
  kubectl kustomize overlay | stateful-deployments-render -
  helm template chart | stateful-deployments-render --namespace shop --output json -

The names of claims end in <hash>, which stands for ten characters that differ from Pod to Pod. It is not a name that
Kubernetes takes, so that nobody applies the output by mistake: all Pods would share the claims in it. Apply the
manifests themselves.

Exit codes:

  0  everything would be accepted; warnings may be on stderr
  1  something would be refused, or is no manifest; stderr says what, with file, line and column, and stdout is empty
  2  a flag or a file name is wrong, or Node.js is too old; stderr says what is wrong in the other files, too
`;
}
