import { carriesMarker } from "../../functions/contract/keys.ts";
import type { WantedState } from "../cluster/recent-state.ts";
import type { ListedClaim } from "../verdict/pending-clones.ts";
import type { SweepContext } from "./sweep-context.ts";

/**
 * Which state of the Pods goes with claims that were just listed. Another run may have seen a Pod and written so on its claim. This run
 * must not judge that claim by a list that is too old to have the Pod. What was written before this run began tells only of Pods that
 * every list of this run has. When a claim was changed since then, the Pods must be listed after the claims.
 */
export function podsAfter(
  claims: readonly ListedClaim[],
  { clock, context }: Pick<SweepContext, "clock" | "context">,
): Pick<WantedState, "after"> {
  return claims.some(
    ({ claim }) =>
      carriesMarker(claim.labels) && claim.changedAt >= context.now,
  )
    ? { after: clock() }
    : {};
}
