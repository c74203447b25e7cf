import jsonpatch from "fast-json-patch";
import type { V1Pod } from "@kubernetes/client-node";
import type { AdmissionRequest } from "../../../functions/admission/review.ts";
import type { Plan } from "../../../functions/pod/plan.ts";
import { planPod } from "../../../functions/admission/plan-pod.ts";

type ClaimPlan = Extract<Plan, { kind: "patch" }>;

/** When the requests of these tests came. */
const REQUESTED_AT = new Date("2030-01-01T12:00:00Z");

/** The plan for a Pod that is to get claims. Throws when it is another. */
export async function claimPlan(request: AdmissionRequest): Promise<ClaimPlan> {
  const plan = await planPod(request, REQUESTED_AT);
  if (plan.kind !== "patch")
    throw new Error(`expected a claim, got ${JSON.stringify(plan)}`);
  return plan;
}

/** The full form's annotation with a small claim for each metadata. */
export function templatesOf(
  metadata: readonly {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  }[],
): Record<string, string> {
  const spec = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  };
  return {
    "volume-claim-template/templates": JSON.stringify(
      metadata.map(({ name, labels, annotations }) => ({
        metadata: { name, labels, annotations },
        spec,
      })),
    ),
  };
}

/** The Pod as it is after the plan's patch. */
export function patchedBy(pod: V1Pod, plan: ClaimPlan): V1Pod {
  return jsonpatch.applyPatch(structuredClone(pod), [...plan.patch], true)
    .newDocument;
}
