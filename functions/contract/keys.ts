/** Every key, value and name that users, the function and the janitor agree on. Changing a line here changes the contract. */

/** The name of the product in labels. */
export const PRODUCT = "stateful-deployments";

/** How the programs name themselves to the API server, as user agent and as field manager. */
export const FUNCTION_NAME = "stateful-deployments-function";
/** The mark "unused since" counts only when the API server notes that this field manager wrote it. */
export const JANITOR_NAME = "stateful-deployments-janitor";
export const CERTIFICATES_NAME = "stateful-deployments-certificates";
/** The reporter of the janitor's Events. */
export const EVENT_REPORTER = "stateful-deployments/janitor";

/** Annotations under this prefix on a Pod are ours. An unknown key under it is rejected: most likely it is a typing error. */
export const TEMPLATE_PREFIX = "volume-claim-template/";

/** Name of the Pod volume that becomes a claim. On the claim, as a label: the volume for which it was created. */
export const TEMPLATE_NAME = "volume-claim-template/name";
/** Requested size, a Kubernetes quantity greater than zero. */
export const TEMPLATE_STORAGE = "volume-claim-template/storage";
/** Storage class; the empty string means no class, absence means the cluster's default. */
export const TEMPLATE_STORAGE_CLASS = "volume-claim-template/storage-class";
/** Access modes, separated by commas. */
export const TEMPLATE_ACCESS_MODES = "volume-claim-template/access-modes";
/** A YAML or JSON array in the shape of a StatefulSet's `spec.volumeClaimTemplates`, in place of the keys above. */
export const TEMPLATE_TEMPLATES = "volume-claim-template/templates";
/** What the volume starts from: `VolumeSnapshot/<name>`, `PersistentVolumeClaim/<name>` or `VolumeSnapshot?<label selector>`. */
export const TEMPLATE_DATA_SOURCE = "volume-claim-template/data-source";

/** What happens to the claim when its Pod is gone. On the Pod, on a template or on the claim itself. */
export const TEMPLATE_RETENTION = "volume-claim-template/retention";
/** The claim is deleted when its Pod is gone. */
export const DELETE = "Delete";
/** The claim is kept, for ever or for its idle-ttl. */
export const RETAIN = "Retain";
/** The claim stays, and a later Pod of its pool gets it. */
export const REUSE = "Reuse";
/** Retention of a claim whose template names none. */
export const DEFAULT_RETENTION = DELETE;

/**
 * How long a claim with retention `Retain` or `Reuse` is kept without a Pod, a duration such as 36h or 7d. Without it: for ever, but
 * `DEFAULT_REUSE_IDLE_TTL_MS` for a claim with `Reuse` and on-miss `Create`.
 */
export const TEMPLATE_IDLE_TTL = "volume-claim-template/idle-ttl";

/** Whether a Succeeded or Failed Pod still holds its claim. */
export const TEMPLATE_FINISHED_PODS = "volume-claim-template/finished-pods";
/** It holds the claim while the Pod object exists. */
export const KEEP = "Keep";
/** It does not hold the claim. */
export const RELEASE = "Release";
/** The value for a claim whose template names none. */
export const DEFAULT_FINISHED_PODS = KEEP;

/** With `Reuse`: what happens to a Pod for which no set of claims is free. */
export const TEMPLATE_ON_MISS = "volume-claim-template/on-miss";
/** It gets a new set at once. */
export const CREATE = "Create";
/** It waits for the set of its predecessor. It gets a new set only when Pods that stay use every set of the pool. */
export const WAIT = "Wait";
/** The value for a claim whose template names none. */
export const DEFAULT_ON_MISS = CREATE;
/** With `Reuse`: name of the pool in its namespace. Without it each workload has a pool of its own. */
export const TEMPLATE_POOL = "volume-claim-template/pool";
/** With `Reuse`: a text of the user. Another text is another pool. */
export const TEMPLATE_REUSE_KEY = "volume-claim-template/reuse-key";
/** With `Reuse`: the maximum number of sets without a Pod. The janitor deletes those beyond it. */
export const TEMPLATE_MAX_IDLE = "volume-claim-template/max-idle";
/** With `Reuse`: the maximum number of sets in the pool, above zero. */
export const TEMPLATE_MAX_SETS = "volume-claim-template/max-sets";
/** With `Reuse`: how often a set is handed out at most, above zero. */
export const TEMPLATE_MAX_USES = "volume-claim-template/max-uses";
/** With `Reuse`: the age up to which a set is handed out, a duration such as 30d. */
export const TEMPLATE_MAX_AGE = "volume-claim-template/max-age";

/** Claim label: hash of the pool, by which one list finds all its claims. */
export const POOL_LABEL = "volume-claim/pool";
/** Claim label: name of the claim that leads the set. All `Reuse` claims of one Pod are a set and are handed over together. */
export const SET_LABEL = "volume-claim/set";
/** Annotation of the leading claim: uid of the admission request to which the set is leased. */
export const LEASE_REQUEST_ANNOTATION = "volume-claim/lease-request";
/** Annotation of the leading claim: RFC 3339 time of the lease, by the API server's clock. */
export const LEASE_TIME_ANNOTATION = "volume-claim/lease-time";
/** Annotation of the leading claim: how often the set was handed out, also to Pods that the API server rejected after the function had allowed them; a whole number. */
export const USES_ANNOTATION = "volume-claim/uses";
/** Annotation of the leading claim, by the janitor: why the set is not handed out for now. */
export const QUARANTINE_ANNOTATION = "volume-claim/quarantine";
/** Annotation of the leading claim, by the janitor: the required node affinity of the set's volumes as JSON, a list of node selector terms for each volume. */
export const NODE_AFFINITY_ANNOTATION = "volume-claim/node-affinity";
/** Annotation of the leading claim, by the janitor: the uids of the nodes that the set's volumes are on, as JSON by their hostnames. */
export const NODE_UIDS_ANNOTATION = "volume-claim/node-uids";

/** Access mode of a claim whose template names none. Every driver supports it. */
export const DEFAULT_ACCESS_MODES: readonly string[] = ["ReadWriteOnce"];

/** The marker: the function sets it on every claim, and the janitor touches no claim without it. */
export const MANAGED_LABEL = "managed";
export const MANAGED_VALUE = "true";
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const MANAGED_BY_VALUE = PRODUCT;

/** Label of every object of an installation; its value is the name of the product. */
export const NAME_LABEL = "app.kubernetes.io/name";

/** Prefix of the Pod labels that name the claim of each volume: `volume-claim/<volume>`. */
export const CLAIM_LABEL_PREFIX = "volume-claim/";
/** Pod label that names the claim of the first template. */
export const CLAIM_NAME_LABEL = "volume-claim/name";

/** Claim annotation: uid of the admission request for which it was created. The name of the claim comes from it and the volume. */
export const REQUEST_UID_ANNOTATION = "volume-claim/request-uid";
/**
 * Claim annotation: RFC 3339 time of that admission request, by the function's clock. A claim that is much younger than its
 * request was restored or copied.
 */
export const REQUESTED_AT_ANNOTATION = "volume-claim/requested-at";
/** Claim annotations: the controller that owns the Pod (a ReplicaSet, a Job ...), absent for a bare Pod. */
export const OWNER_KIND_ANNOTATION = "volume-claim/owner-kind";
export const OWNER_NAME_ANNOTATION = "volume-claim/owner-name";
export const OWNER_UID_ANNOTATION = "volume-claim/owner-uid";

/** On a claim, as annotation or label: with any value but "false" the janitor never deletes the claim. */
export const HOLD_KEY = "volume-claim/hold";
/** Claim annotation of the janitor: RFC 3339 time, by the API server's clock, at which it first saw no Pod that uses the claim. */
export const UNUSED_SINCE_ANNOTATION = "volume-claim/unused-since";
/**
 * Claim annotation of the janitor: the uid of this very claim, once a sweep has seen the Pod for which it was created. A restored or
 * copied claim has another uid, so a value from a backup does not count.
 */
export const USED_AS_ANNOTATION = "volume-claim/used-as";

/** Annotation of the Secrets and the webhook configuration: RFC 3339 time, by the API server's clock, of the last write of `janitor certificates`. */
export const WRITTEN_AT_ANNOTATION = "stateful-deployments.dev/written-at";

/** Marks the mirror Pod of a static Pod, which must not name claims: https://kubernetes.io/docs/concepts/workloads/pods/#static-pods */
export const MIRROR_POD_ANNOTATION = "kubernetes.io/config.mirror";

/** Claim annotation of the scheduler, for a class that waits for the first Pod: the node that it chose. */
export const SELECTED_NODE_ANNOTATION = "volume.kubernetes.io/selected-node";

export const CLAIM_KIND = "PersistentVolumeClaim";

/** Keys of a Secret with a certificate, and the names of its files where it is mounted. */
export const TLS_CERT = "tls.crt";
export const TLS_KEY = "tls.key";
export const CA_CERT = "ca.crt";

/** Path of the webhook. `webhookPath` in token.ts gives the secret one. */
export const WEBHOOK_PATH = "/mutate";

/** Names of an installation's objects that `janitor certificates` maintains. */
export const CA_SECRET = "webhook-ca";
export const CERTIFICATE_SECRET = "webhook-certificate";
export const TOKEN_SECRET = "webhook-token";
/** The API server calls webhooks in the order of their names: this one is early. */
export const WEBHOOK_CONFIGURATION = "10-stateful-deployments";

/** True for a claim that carries both marker labels. */
export function carriesMarker(
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return (
    labels?.[MANAGED_LABEL] === MANAGED_VALUE &&
    labels[MANAGED_BY_LABEL] === MANAGED_BY_VALUE
  );
}
