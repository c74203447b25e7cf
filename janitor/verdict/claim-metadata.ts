import type { V1OwnerReference } from "@kubernetes/client-node";
import { hasClaimNameForm } from "../../functions/contract/claim-name.ts";
import {
  carriesMarker,
  POOL_LABEL,
  REQUEST_UID_ANNOTATION,
  SELECTED_NODE_ANNOTATION,
  SET_LABEL,
  TEMPLATE_NAME,
} from "../../functions/contract/keys.ts";
import { isReused, lifeCycleIn } from "../../functions/contract/life-cycle.ts";

/** Which claim it is, and since when. A sweep holds this of all claims of a cluster, and more only of few namespaces at a time. */
export interface ClaimIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since the epoch, set by the API server. */
  readonly createdAt: number;
}

/** What the janitor reads of the metadata of a claim. */
export interface ClaimMetadata extends ClaimIdentity {
  readonly resourceVersion: string;
  /** When the claim was last written; milliseconds, set by the API server. */
  readonly changedAt: number;
  /**
   * When the janitor last wrote the mark "unused since"; milliseconds, set by the API server. Undefined when there is no
   * mark, or when it is somebody else's.
   */
  readonly markWrittenAt: number | undefined;
  /** When its deletion was requested; milliseconds, set by the API server. */
  readonly deletedAt: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly V1OwnerReference[];
  readonly finalizers: readonly string[];
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#pv-kubernetes-io-bind-completed */
const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";

/** Each means that a provisioner was asked to make a volume; the last one is the older name of the second. */
const PROVISIONING_STARTED = [
  SELECTED_NODE_ANNOTATION,
  "volume.kubernetes.io/storage-provisioner",
  "volume.beta.kubernetes.io/storage-provisioner",
];

/** The identity alone, so that the rest of the claim can be let go. */
export function identityOf({
  namespace,
  name,
  uid,
  createdAt,
}: ClaimIdentity): ClaimIdentity {
  return { namespace, name, uid, createdAt };
}

/** True for a claim that the function made: both marker labels, and a name that holds the hash of its own volume and request. */
export function isOurs(claim: ClaimMetadata): boolean {
  const volume = claim.labels[TEMPLATE_NAME];
  const requestUid = claim.annotations[REQUEST_UID_ANNOTATION];
  return (
    carriesMarker(claim.labels) &&
    Boolean(volume && requestUid) &&
    hasClaimNameForm(claim.name, volume ?? "", requestUid ?? "")
  );
}

/** True for a claim that a person has moved into a pool: it has the labels of a set, and no request made it. */
export function isImported({ annotations, labels }: ClaimMetadata): boolean {
  return (
    carriesMarker(labels) &&
    Boolean(labels[POOL_LABEL] && labels[SET_LABEL]) &&
    annotations[REQUEST_UID_ANNOTATION] === undefined
  );
}

/** True for a claim that is judged as a member of its set, and never alone. */
export function isInSet({ annotations, labels }: ClaimMetadata): boolean {
  return labels[SET_LABEL] !== undefined || isReused(lifeCycleIn(annotations));
}

/** True for a reference to a Pod that is not the controller of the claim. */
export function isPodOwner(owner: V1OwnerReference): boolean {
  return owner.kind === "Pod" && owner.apiVersion === "v1" && !owner.controller;
}

/** True for a reference of the form that the janitor sets, also if something else has set it. */
export function isOwnerOfOurs(owner: V1OwnerReference): boolean {
  return isPodOwner(owner) && !owner.blockOwnerDeletion;
}

/** The owner that makes the claim somebody else's: a controller, or anything that is not a Pod. */
export function foreignOwner(
  claim: ClaimMetadata,
): V1OwnerReference | undefined {
  return claim.ownerReferences.find((owner) => !isPodOwner(owner));
}

/** True once the claim has its volume. */
export function isBound(claim: ClaimMetadata): boolean {
  return claim.annotations[BIND_COMPLETED] !== undefined;
}

/** The annotation that says a volume is being made for a claim that has none yet, or undefined. */
export function provisioningStarted(claim: ClaimMetadata): string | undefined {
  return isBound(claim)
    ? undefined
    : PROVISIONING_STARTED.find((key) => claim.annotations[key]);
}
