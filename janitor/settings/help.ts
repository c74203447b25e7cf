import { describeSettings } from "../../functions/contract/settings.ts";
import { SWEEP } from "./options.ts";

/** The text of `--help`. */
export function helpText(): string {
  return `Deletes the PersistentVolumeClaims of stateful-deployments that no Pod uses any more.

Usage: janitor [flags]
       janitor certificates [flags]    makes and renews the webhook's certificates and secret path; has a --help

It sweeps once and exits; a CronJob runs it every few minutes. It lists the claims, then the Pods, and deletes
a claim only when no Pod object names it, when it is older than the grace period, when a re-check just
before finds the same, and when the claim is still the one that was looked at. It never touches a claim that
the function did not make, that belongs to another controller, or that is held (any value but false holds):

  kubectl annotate persistentvolumeclaim NAME volume-claim/hold=true

A claim that was restored from a backup or copied comes without its Pod. It is then much younger than the request for it
(annotation volume-claim/requested-at), and stays until a sweep has seen the Pod that it was made for.

What becomes of a claim is read off its annotations at every sweep and once more before it is deleted, so that
each of these counts from the next sweep on. A claim whose annotations are unknown or contradict each other stays.

  volume-claim-template/retention=Delete        goes when its Pod goes (the default)
  volume-claim-template/retention=Retain        stays, and is not made to belong to its Pod
  volume-claim-template/idle-ttl=7d             with Retain: goes after so long without a Pod, counted from the sweep
                                                that first finds none (annotation volume-claim/unused-since)
  volume-claim-template/finished-pods=Release   a Succeeded or Failed Pod does not hold it; with the default Keep it
                                                does until the Pod is deleted

When more than ten claims and more than half of a namespace's seem unused at once, a run only marks them
(annotation volume-claim/unused-since), and a later run deletes those that still are.

Flags, each also an environment variable; a flag beats its variable:

${describeSettings(SWEEP)}

Examples:

  janitor --dry-run                       show what would be decided about every claim, and why
  janitor --namespace shop,search         sweep two namespaces only; needs no rights in others
  janitor --output json | jq .summary     for machines
  janitor --grace-period 1h               delete no claim that is less than an hour old
  janitor --context prod --dry-run        another cluster of the kubeconfig than the current one

The cluster is that of KUBECONFIG when it is set, else the one whose Pod it runs in, else that of ~/.kube/config.
Kubeconfigs are read as kubectl reads them; what is not supported is refused by name. The last line of the report
names the server.

Exit codes:

  0  done
  1  in some namespaces, or for some claims, it could not be done, or the run was told to stop; stderr says what
  2  a flag is wrong, or there is no cluster
`;
}
