import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  carriesMarker,
} from "../../functions/contract/keys.ts";
import { heldBy } from "../../functions/contract/hold.ts";
import { foreignOwner, isImported, isOurs } from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { lifeCycleOf } from "./life-cycle.ts";
import { keep } from "./reasons.ts";
import type { Verdict } from "./reasons.ts";

/** The verdict that no Pod can change, if there is one: claims that are exempt need no list of Pods. */
export function exemptionOf(claim: ClaimMetadata): Verdict | undefined {
  const imported = isImported(claim);
  if (!imported && !isOurs(claim)) {
    return keep(
      "not-ours",
      carriesMarker(claim.labels)
        ? "has our labels, but its name is not the one that the function makes from its volume and request"
        : `not labelled ${MANAGED_LABEL}=${MANAGED_VALUE},${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`,
    );
  }
  const owner = foreignOwner(claim);
  if (owner) {
    return keep(
      "foreign-controller",
      `belongs to ${owner.kind} ${owner.name}, which decides about it`,
    );
  }
  if (claim.deletedAt !== undefined) return undefined;
  const held = heldBy(claim);
  if (held) return keep("held", `held by its ${held}`);
  if (imported)
    return keep(
      "imported",
      "a person moved it into its pool, and no Pod's request made it, so it is never deleted here",
    );
  const { stays } = lifeCycleOf(claim);
  return stays && keep(stays.reason, stays.why);
}
