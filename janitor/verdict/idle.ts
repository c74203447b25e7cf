import { formatDuration } from "../../functions/kubernetes/duration.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { keep } from "./reasons.ts";
import type { Verdict } from "./reasons.ts";
import { unusedSince } from "./unused-since.ts";

/**
 * The verdict on a claim that no Pod holds and that goes after `idleTtlMs` without one. The first run that finds it so only
 * marks it. A Pod that came and went between two runs was not seen, and does not start the time again.
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
