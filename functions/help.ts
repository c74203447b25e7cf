/** The text of `--help`. */
export const help = `Serves the admission webhook that gives each annotated Pod a PersistentVolumeClaim of its own. It takes no arguments.

Environment variables
  PORT                 TCP port; default 8080, 0 takes a free one
  WEBHOOK_TOKEN        serve POST /mutate/<token> only, for each of up to four tokens with commas between them
  WEBHOOK_TOKEN_FILE   the same from a file, which is read again when it changes
  TLS_CERT_DIR         HTTPS with tls.crt and tls.key of this directory, read again when they change
  LOG_LEVEL            debug, info, warn or error; default info; debug tells each request to the API server, too
  KUBECONFIG           files with cluster and credentials, read as kubectl reads them; without it those of the Pod's
                       ServiceAccount are used, outside of a cluster those of ~/.kube/config
  HTTPS_PROXY, NO_PROXY  the way to the API server, as for kubectl

It serves POST /mutate, GET /healthz, /readyz and /metrics. SIGTERM lets it answer what it has begun, and ends it with 0; settings
that cannot be used end it with 2.
`;
