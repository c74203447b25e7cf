import type { AdmissionRequest } from "./review.ts";
import { claimName } from "../contract/claim-name.ts";
import { allow, planClaims } from "../pod/plan.ts";
import type { Plan } from "../pod/plan.ts";

/** Decides about the Pod of `request`, which came at `requestedAt`. The same request always gives the same plan but for that time. */
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
  // A Pod made from a template may carry no namespace of its own yet; the request always does.
  const namespace = request.namespace ?? pod.metadata?.namespace ?? "default";
  return await planClaims(
    pod,
    { requestUid: uid, requestedAt: requestedAt.toISOString(), namespace },
    // Passed in, because its hash takes node:crypto: render, which has no uid to hash, starts faster without loading that.
    (podName, volume) => claimName(podName, volume, uid),
  );
}
