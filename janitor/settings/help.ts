import { formatDuration } from "../../functions/contract/duration.ts";
import {
  DELETE,
  HOLD_KEY,
  KEEP,
  RELEASE,
  REQUESTED_AT_ANNOTATION,
  RETAIN,
  REUSE,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_ON_MISS,
  TEMPLATE_RETENTION,
  UNUSED_SINCE_ANNOTATION,
  WAIT,
} from "../../functions/contract/keys.ts";
import { DEFAULT_REUSE_IDLE_TTL_MS } from "../../functions/contract/life-cycle.ts";
import { helpEntry } from "../../functions/contract/settings-help.ts";

/** What the annotations of a claim mean to the janitor. */
const LIFE_CYCLE = [
  helpEntry(
    `${TEMPLATE_RETENTION}=${DELETE}`,
    "the claim is deleted with its Pod (the default)",
  ),
  helpEntry(
    `${TEMPLATE_RETENTION}=${RETAIN}`,
    "the claim stays, and its Pod does not become its owner",
  ),
  helpEntry(
    `${TEMPLATE_IDLE_TTL}=7d`,
    `with ${RETAIN} or ${REUSE}: deleted after this time without a Pod, counted from the first sweep that finds none (annotation ${UNUSED_SINCE_ANNOTATION})`,
  ),
  helpEntry(
    `${TEMPLATE_RETENTION}=${REUSE}`,
    `the claim stays, and a later Pod gets it; it is deleted with its set after its idle-ttl, by default ${formatDuration(DEFAULT_REUSE_IDLE_TTL_MS)}, and never by default with ${TEMPLATE_ON_MISS}=${WAIT}`,
  ),
  helpEntry(
    `${TEMPLATE_FINISHED_PODS}=${RELEASE}`,
    `a Succeeded or Failed Pod does not hold the claim; with ${KEEP}, the default, it does until the Pod is deleted`,
  ),
].join("\n");

/** The text of `--help`, around what it says about the settings. */
export const sweepHelp = (
  settings: string,
): string => `Deletes the PersistentVolumeClaims of stateful-deployments that no Pod uses any more.

Usage: janitor [flags]
       janitor certificates [flags]    creates and renews the webhook's CA, certificate and path; has its own --help

It sweeps once and exits; a CronJob runs it every few minutes. It lists the claims, then the Pods. It deletes a claim
only when no Pod object names it and it is older than the grace period. Before the delete it reads the claim and lists
the Pods again; the claim must not have changed. It never touches a claim that the function did not create, that belongs
to another controller, or that is held (any value but false holds):

  kubectl annotate persistentvolumeclaim NAME ${HOLD_KEY}=true

A claim that was restored from a backup, or copied, has no Pod yet. It is much younger than the request for it
(annotation ${REQUESTED_AT_ANNOTATION}). It stays until a sweep has seen the Pod that it was created for.

The annotations of a claim decide what happens to it. The janitor reads them at every sweep and again before a delete,
so a change takes effect at the next sweep. A claim stays when its annotations are unknown or contradict each other.

${LIFE_CYCLE}

When more than ten claims, and more than half of those in a namespace, seem unused at once, a run only marks them
(annotation ${UNUSED_SINCE_ANNOTATION}). A later run deletes those that are still unused.

Flags, each also an environment variable; a flag beats its variable:

${settings}

Examples:

  janitor --dry-run                       show the decision about every claim, and why
  janitor --explain shop/web-cache-x7k2   show what decides about one claim
  janitor --namespace shop,search         sweep two namespaces only; needs no rights in others
  janitor --output json | jq .summary     for machines
  janitor --grace-period 1h               delete no claim that is less than an hour old
  janitor --context prod --dry-run        use another cluster of the kubeconfig

The cluster is that of KUBECONFIG when it is set. Otherwise it is the one in which the janitor runs as a Pod, or that of
~/.kube/config. The janitor reads kubeconfigs as kubectl does; it names what it does not support. The last line of the
report names the server.

Exit codes:

  0  done
  1  some namespaces or claims failed, or the run was stopped; stderr says which and why
  2  a flag is wrong, or there is no cluster
`;
