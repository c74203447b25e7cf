import { describeSettings } from "../../functions/contract/settings.ts";
import { CERTIFICATES } from "./options.ts";

/** The text of `janitor certificates --help`. */
export function certificatesHelpText(): string {
  return `Makes and renews what the API server needs to call the function, and nobody else shall have.

Usage: janitor certificates [flags]

It runs once and exits; a CronJob runs it every five minutes. It keeps

  Secret webhook-ca           a certificate authority of the installation's own, with its key
  Secret webhook-certificate  the serving certificate that the gateway, or the function itself, shows
  Secret webhook-token        the token of the secret path, /mutate/<token>
  MutatingWebhookConfiguration 10-stateful-deployments: caBundle and the path of every webhook in it

What is missing or broken is made at once; a run that finds everything in order writes nothing. What is due is
replaced in steps, so that no admission fails meanwhile:

  authority    1. a new one joins the old one in caBundle  2. it signs a new serving certificate  3. the old one leaves
  token        1. the function accepts a new one as well   2. the path changes to it              3. the old one goes

Between two steps lies the settle time, and mostly the next run. A serving certificate alone is replaced at once:
its authority stays. A Secret that is there without the label app.kubernetes.io/managed-by=stateful-deployments is
somebody else's and never written.

Flags, each also an environment variable; a flag beats its variable:

${describeSettings(CERTIFICATES)}

Examples:

  janitor certificates                          with the names of the manifests
  janitor certificates --renew token            the token has become known; run again after the settle time, twice
  janitor certificates --only-token             cert-manager makes the certificates
  kubectl -n stateful-deployments create job certificates-now --from cronjob/certificates

The cluster is that of KUBECONFIG when it is set, else the one whose Pod it runs in, else that of ~/.kube/config.
The last line names the server.

Exit codes:

  0  everything is in order, or waits only for the settle time
  1  something could not be read or written, or a person has to decide; stderr says what
  2  a flag is wrong, or there is no cluster
`;
}
