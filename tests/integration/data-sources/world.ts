import { randomUUID } from "node:crypto";
import { ApiException } from "@kubernetes/client-node";
import type {
  V1PersistentVolumeClaim,
  V1PersistentVolumeClaimSpec,
} from "@kubernetes/client-node";
import type { AdmissionRequest } from "../../../functions/admission/review.ts";
import {
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_STORAGE,
} from "../../../functions/contract/keys.ts";
import { aBarePod, claimOf } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import {
  aPod,
  aRequest,
  aReview,
  cacheAnnotations,
} from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import type { RunningFunction } from "../../support/function-on.ts";
import { answerOf } from "../admission/behind-proxy.ts";
import type { Answer } from "../admission/behind-proxy.ts";

/** Volume `cache` with this source. */
export function annotationsFor(
  source: string,
  storage = "1Gi",
): Record<string, string> {
  return {
    ...cacheAnnotations,
    [TEMPLATE_STORAGE]: storage,
    [TEMPLATE_DATA_SOURCE]: source,
  };
}

/** Creates a Pod and returns its claim. */
export async function claimFrom(
  { core }: Pick<AdmissionSuite, "core">,
  namespace: string,
  source: string,
  storage?: string,
): Promise<V1PersistentVolumeClaim> {
  const pod = await core.createNamespacedPod({
    namespace,
    body: aBarePod(`pod-${randomUUID()}`, {
      annotations: annotationsFor(source, storage),
    }),
  });
  const name = claimOf(pod) ?? "";
  return await core.readNamespacedPersistentVolumeClaim({ namespace, name });
}

/** Creates such a Pod; the function's message if it is rejected. */
export async function refusalOf(
  { core }: Pick<AdmissionSuite, "core">,
  namespace: string,
  source: string,
  { storage = "1Gi", dryRun = false } = {},
): Promise<string | undefined> {
  try {
    await core.createNamespacedPod({
      namespace,
      body: aBarePod("pod", { annotations: annotationsFor(source, storage) }),
      ...(dryRun && { dryRun: "All" }),
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    const { message } = JSON.parse(error.body as string) as {
      message: string;
    };
    return message.split("denied the request: ")[1];
  }
}

/** Creates a claim that is not ours, and waits until it is bound unless its class is `nobody`. */
export async function createClaim(
  { core }: Pick<AdmissionSuite, "core">,
  namespace: string,
  name: string,
  spec: V1PersistentVolumeClaimSpec = {},
): Promise<void> {
  await core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata: { name },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
        storageClassName: "standard",
        ...spec,
      },
    },
  });
  if (spec.storageClassName === "nobody") return;
  await eventually(`${name} is bound`, async () => {
    const { status } = await core.readNamespacedPersistentVolumeClaim({
      namespace,
      name,
    });
    return status?.phase === "Bound";
  });
}

/** The API server's request for a Pod whose volume starts from `source`; it always has the same uid. */
function requestOf(namespace: string, source: string): AdmissionRequest {
  const annotations = annotationsFor(source);
  return aRequest(aPod({ annotations }), { uid: "same", namespace });
}

/** Sends the function the review of a Pod, always as the same request. */
export function review(
  running: RunningFunction,
  namespace: string,
  source: string,
): Promise<Answer> {
  return answerOf(running, "10s", aReview(requestOf(namespace, source)));
}
