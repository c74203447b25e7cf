import type { AdmissionRequest } from "./review.ts";
import { claimName, poolHash } from "../contract/claim-name.ts";
import { allow, planClaims } from "../pod/plan.ts";
import type { Plan } from "../pod/plan.ts";

/** Plans for the Pod of `request`, which came at `requestedAt`. The same request gives the same plan, except for that time. */
export async function planPod(
  request: AdmissionRequest,
  requestedAt = new Date(),
): Promise<Plan> {
  const { object: pod, operation, resource, subResource, uid } = request;
  if (
    operation !== "CREATE" ||
    resource.group !== "" ||
    resource.resource !== "pods" ||
    subResource
  ) {
    return allow(
      `not the creation of a Pod: ${operation} ${resource.resource}${subResource ? `/${subResource}` : ""}`,
    );
  }
  if (!pod) return allow("the request carries no object");
  // A Pod from a template may have no namespace yet; the request always has one.
  const namespace = request.namespace ?? pod.metadata?.namespace ?? "default";
  return await planClaims(
    pod,
    { requestUid: uid, requestedAt: requestedAt.toISOString(), namespace },
    // Passed in, because the hashes take node:crypto: render, which has no uid to hash, starts faster without loading that.
    {
      claim: (podName, volume) => claimName(podName, volume, uid),
      pool: poolHash,
    },
  );
}
