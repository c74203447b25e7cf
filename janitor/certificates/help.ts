import {
  CA_SECRET,
  CERTIFICATE_SECRET,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  TOKEN_SECRET,
  WEBHOOK_CONFIGURATION,
} from "../../functions/contract/keys.ts";
import { webhookPath } from "../../functions/contract/token.ts";

/** The text of `janitor certificates --help`, around what it says about the settings. */
export const certificatesHelp = (
  settings: string,
): string => `Creates and renews the CA, the certificate and the secret path by which the API server calls the function.

Usage: janitor certificates [flags]

It runs once and exits; a CronJob runs it every five minutes. It maintains

  Secret ${CA_SECRET}           the installation's own certificate authority, with its key
  Secret ${CERTIFICATE_SECRET}  the serving certificate of the gateway, or of the function itself
  Secret ${TOKEN_SECRET}        the token of the secret path, ${webhookPath("<token>")}
  MutatingWebhookConfiguration ${WEBHOOK_CONFIGURATION}: caBundle and the path of every webhook in it

It creates at once what is missing or broken. A run that finds everything in order writes nothing. What is due is
replaced in steps, so that no admission fails during the renewal:

  authority    1. a new one joins the old one in caBundle  2. it signs a new serving certificate  3. the old one leaves
  token        1. the function accepts a new one as well   2. the path changes to it              3. the old one goes

The settle time passes between two steps; usually the next run takes the next step. A serving certificate alone is
replaced at once: its authority stays. A Secret without the label ${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}
belongs to somebody else, and the command never writes it.

Flags, each also an environment variable; a flag beats its variable:

${settings}

Examples:

  janitor certificates                          with the names of the manifests
  janitor certificates --renew token            the token has become known; then run it two more times, each
                                                after the settle time
  janitor certificates --only-token             cert-manager creates the certificates
  kubectl -n stateful-deployments create job certificates-now --from cronjob/certificates

The cluster is that of KUBECONFIG when it is set. Otherwise it is the one in which the command runs as a Pod, or that of
~/.kube/config. The last line of the output names the server.

Exit codes:

  0  everything is in order, or only the settle time has to pass
  1  something could not be read or written, or a person has to decide; stderr says what
  2  a flag is wrong, or there is no cluster
`;
