import { UNUSED_SINCE_ANNOTATION } from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";

/**
 * Since when, in milliseconds, runs of the janitor have found no Pod that uses the claim; undefined when there is no such
 * mark that counts. The annotation alone is not believed, since a person, a backup or a copied manifest may have brought it:
 * it counts from when the API server saw the janitor write it, not from before the claim was there, and not from a future.
 */
export function unusedSince(
  { annotations, createdAt, markWrittenAt }: ClaimMetadata,
  now: number,
): number | undefined {
  const mark = Date.parse(annotations[UNUSED_SINCE_ANNOTATION] ?? "");
  if (Number.isNaN(mark) || mark > now || mark < createdAt) return undefined;
  return markWrittenAt === undefined
    ? undefined
    : Math.max(mark, markWrittenAt);
}
