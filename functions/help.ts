import { describeSettings } from "./contract/settings.ts";
import { FUNCTION } from "./options.ts";

/** The text of `--help`. */
export function helpText(): string {
  return `Serves the admission webhook that gives each annotated Pod its own PersistentVolumeClaim. It takes no arguments.

Environment variables:

${describeSettings(FUNCTION)}
  KUBECONFIG FILES
      files with cluster and credentials, read as kubectl reads them. Without it the function uses those of the Pod's
      ServiceAccount, and outside of a cluster those of ~/.kube/config
  HTTPS_PROXY, NO_PROXY
      the proxy to the API server, as for kubectl

It serves POST /mutate, GET /healthz, GET /readyz and GET /metrics. On SIGTERM it answers the requests that it has
begun, and exits with 0. It exits with 2 when a setting is wrong.
`;
}
