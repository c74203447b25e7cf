import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import type { AdmissionRequest } from "../../functions/admission/review.ts";
import {
  TEMPLATE_NAME,
  TEMPLATE_PREFIX,
  TEMPLATE_STORAGE,
} from "../../functions/contract/keys.ts";

/** The two annotations that everything starts with: volume `cache`, one gibibyte. */
export const cacheAnnotations: Readonly<Record<string, string>> = {
  [TEMPLATE_NAME]: "cache",
  [TEMPLATE_STORAGE]: "1Gi",
};

/** Annotations of ours, given without their prefix. */
export function prefixed(
  annotations: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [
      TEMPLATE_PREFIX + key,
      value,
    ]),
  );
}

/** A Pod as a ReplicaSet sends it: without name, with an emptyDir `cache` that its container mounts. */
export function aPod({
  annotations = cacheAnnotations,
  labels,
  volumes = [{ name: "cache", emptyDir: {} }],
  mounts = ["cache"],
}: {
  annotations?: Readonly<Record<string, string>>;
  labels?: Record<string, string>;
  volumes?: V1Volume[];
  mounts?: readonly string[];
} = {}): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "web-5d4f8c7b9-",
      annotations: { ...annotations },
      ...(labels && { labels }),
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web-5d4f8c7b9",
          uid: "0c7a2c1e-rs",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      containers: [
        {
          name: "app",
          image: "app:1",
          volumeMounts: mounts.map((name) => ({ name, mountPath: `/${name}` })),
        },
      ],
      volumes,
    },
  };
}

/** The request of the API server for the creation of `pod` in namespace `shop`. */
export function aRequest(
  pod: V1Pod,
  over: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  return {
    uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
    resource: { group: "", version: "v1", resource: "pods" },
    namespace: "shop",
    operation: "CREATE",
    object: pod,
    ...over,
  };
}

/** The whole AdmissionReview around `request`. */
export function aReview(request: AdmissionRequest): object {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request,
  };
}
