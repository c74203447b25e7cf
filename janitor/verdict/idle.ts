import { UNUSED_SINCE_ANNOTATION } from "../../functions/contract/keys.ts";
import { formatDuration } from "../../functions/contract/duration.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { keep } from "./reasons.ts";
import type { Verdict } from "./reasons.ts";

/**
 * Since when, in milliseconds, runs of the janitor have found no Pod that uses the claim; undefined when there is no valid
 * mark. The annotation alone does not count, since a person, a backup or a copied manifest may have written it. It
 * counts from when the janitor wrote it, by the API server's record. A time before the claim was created or in the future does
 * not count.
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

/**
 * The verdict on a claim that no Pod uses and that is deleted after `idleTtlMs` without one. The first run that finds it so only
 * marks it. No run sees a Pod that comes and goes between two runs, so it does not start the time again.
 */
export function idleVerdict(
  claim: ClaimMetadata,
  unused: string,
  { now, idleTtlMs }: { readonly now: number; readonly idleTtlMs: number },
): Verdict {
  const ttl = formatDuration(idleTtlMs);
  const since = unusedSince(claim, now);
  if (since === undefined) {
    return {
      decision: "mark",
      reason: "idle-first-run",
      why: `${unused}, idle from now on; it is retained for ${ttl}`,
    };
  }
  const idle = formatDuration(now - since);
  if (now - since < idleTtlMs) {
    return keep(
      "idle",
      `${unused}, idle for ${idle}; it is retained for ${ttl}`,
    );
  }
  return {
    decision: "delete",
    reason: "idle-too-long",
    why: `${unused}, idle for ${idle}; it was retained for ${ttl}`,
  };
}
