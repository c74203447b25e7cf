import type { V1OwnerReference } from "@kubernetes/client-node";
import {
  NODE_AFFINITY_ANNOTATION,
  NODE_UIDS_ANNOTATION,
  QUARANTINE_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
  USED_AS_ANNOTATION,
} from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";

/** A change of a claim's metadata. */
export interface ClaimChange {
  readonly ownerReferences?: readonly V1OwnerReference[];
  /** `null` removes the mark. */
  readonly unusedSince?: string | null;
  /** Why the set is not handed out; `null` removes it. */
  readonly quarantine?: string | null;
  /** The node affinity of the volumes of the set; `null` removes it. */
  readonly nodeAffinity?: string | null;
  /** The uids of the nodes that those volumes are on; `null` removes them. */
  readonly nodeUids?: string | null;
  /** True when a Pod of the claim was seen. */
  readonly used?: boolean;
}

/**
 * The metadata of a merge patch. uid and resourceVersion in it are conditions: the API server answers 409 when the object has
 * others. The note that a Pod was seen has no resourceVersion, because no later sweep may see the Pod.
 */
export function patchOf(
  { uid, resourceVersion }: ClaimMetadata,
  change: ClaimChange,
): Record<string, unknown> {
  const {
    ownerReferences,
    unusedSince,
    quarantine,
    nodeAffinity,
    nodeUids,
    used,
  } = change;
  const annotations = {
    ...(unusedSince !== undefined && {
      [UNUSED_SINCE_ANNOTATION]: unusedSince,
    }),
    ...(quarantine !== undefined && { [QUARANTINE_ANNOTATION]: quarantine }),
    ...(nodeAffinity !== undefined && {
      [NODE_AFFINITY_ANNOTATION]: nodeAffinity,
    }),
    ...(nodeUids !== undefined && { [NODE_UIDS_ANNOTATION]: nodeUids }),
    ...(used && { [USED_AS_ANNOTATION]: uid }),
  };
  return {
    uid,
    ...(!onlyTellsOfUse(change) && { resourceVersion }),
    ...(ownerReferences && { ownerReferences }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** True for a change that holds for any version of the claim. */
export function onlyTellsOfUse({
  ownerReferences,
  unusedSince,
  quarantine,
  nodeAffinity,
  nodeUids,
  used = false,
}: ClaimChange): boolean {
  return (
    !ownerReferences &&
    quarantine === undefined &&
    nodeAffinity === undefined &&
    nodeUids === undefined &&
    (unusedSince === null || (unusedSince === undefined && used))
  );
}
