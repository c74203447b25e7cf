import { describeSettings } from "./contract/settings.ts";
import { FUNCTION } from "./options.ts";

/** The text of `--help`. */
export function helpText(): string {
  return `Serves the admission webhook that gives each annotated Pod a PersistentVolumeClaim of its own. It takes no arguments.

Environment variables:

${describeSettings(FUNCTION)}
  KUBECONFIG FILES
      files with cluster and credentials, read as kubectl reads them; without it those of the Pod's ServiceAccount are
      used, outside of a cluster those of ~/.kube/config
  HTTPS_PROXY, NO_PROXY
      the way to the API server, as for kubectl

It serves POST /mutate, GET /healthz, /readyz and /metrics. SIGTERM lets it answer what it has begun, and ends it with 0; settings
that cannot be used end it with 2.
`;
}
