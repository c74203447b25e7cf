import { randomUUID } from "node:crypto";
import { request } from "node:https";
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

/** What the API server says to somebody who creates such a Pod; undefined when it does so. */
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

/** A claim that somebody else made, bound unless it has a class that nobody serves. */
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

/** What the function says of a Pod. */
export interface Answer {
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
}

/** The API server's request for a Pod whose volume starts from `source`; it always has the same uid. */
export function requestOf(namespace: string, source: string): AdmissionRequest {
  const annotations = annotationsFor(source);
  return aRequest(aPod({ annotations }), { uid: "same", namespace });
}

/** Sends the function the review of a Pod, always as the same request. */
export function review(
  { caPem, url }: RunningFunction,
  namespace: string,
  source: string,
): Promise<Answer> {
  const body = JSON.stringify(aReview(requestOf(namespace, source)));
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const outgoing = request(
      url,
      { method: "POST", ca: caPem, headers },
      (incoming) => {
        let text = "";
        incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
        incoming.on("end", () =>
          resolve((JSON.parse(text) as { response: Answer }).response),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
