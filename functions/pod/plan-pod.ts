import type { AdmissionRequest } from "../admission/review.ts";
import { claimName } from "../claim/claim-name.ts";
import { planClaims } from "./plan-claims.ts";
import type { Plan } from "./plan-claims.ts";

/** Decides about the Pod of `request`, with the names that its claims will have. The same request always gives the same plan. */
export function planPod(request: AdmissionRequest): Promise<Plan> {
  return planClaims(request, claimName);
}
