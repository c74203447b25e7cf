import { WEBHOOK_PATH } from "./contract/keys.ts";

/**
 * The text of `--help`, around what it says about the settings. KUBECONFIG and the proxies are no settings: the credentials are read as
 * kubectl reads them.
 */
export const functionHelp = (
  settings: string,
): string => `Serves the admission webhook that gives each annotated Pod its own PersistentVolumeClaim.
Its only arguments are --help and --version.

Environment variables:

${settings}
  KUBECONFIG FILES
      files with cluster and credentials, read as kubectl reads them. Without it the function uses those of the Pod's
      ServiceAccount, and outside of a cluster those of ~/.kube/config
  HTTPS_PROXY, NO_PROXY
      the proxy to the API server, as for kubectl

It serves POST ${WEBHOOK_PATH}, GET /healthz, GET /readyz and GET /metrics. On SIGTERM it answers the requests that it has
begun, and exits with 0. It exits with 2 when a setting is wrong.
`;
