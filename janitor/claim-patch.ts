import type { V1OwnerReference } from "@kubernetes/client-node";
import { UNUSED_SINCE_ANNOTATION } from "../functions/well-known.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";

/** What is to be written into a claim's metadata; `null` takes the mark away. */
export interface ClaimChange {
  readonly ownerReferences?: readonly V1OwnerReference[];
  readonly unusedSince?: string | null;
}

/**
 * The metadata of a merge patch, in which uid and resourceVersion are conditions: the API server answers 409 when the object
 * has others. To take the mark away is right whatever else was written meanwhile: the sweep that sees a Pod may be the only
 * one that does.
 */
export function patchOf(
  { uid, resourceVersion }: ClaimMetadata,
  { ownerReferences, unusedSince }: ClaimChange,
): Record<string, unknown> {
  const onlyTakesMark = unusedSince === null && !ownerReferences;
  return {
    uid,
    ...(!onlyTakesMark && { resourceVersion }),
    ...(ownerReferences && { ownerReferences }),
    ...(unusedSince !== undefined && {
      annotations: { [UNUSED_SINCE_ANNOTATION]: unusedSince },
    }),
  };
}
