import type {
  V1ObjectMeta,
  V1PersistentVolumeClaim,
} from "@kubernetes/client-node";
import type {
  ApiRequest,
  ApiServer,
} from "../../functions/kubernetes/api-server.ts";

const TIMEOUT_MS = 10_000;

/** A claim as the function makes it, without a class, so that it is never bound. */
export function aClaim(
  name: string,
  {
    labels,
    annotations,
    ...metadata
  }: Pick<
    V1ObjectMeta,
    "annotations" | "finalizers" | "labels" | "ownerReferences"
  > = {},
  { bound = false }: { bound?: boolean } = {},
): V1PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      labels: {
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": "cache",
        ...labels,
      },
      annotations: {
        "volume-claim/request-uid": "705ab4f5",
        "volume-claim/requested-at": new Date().toISOString(),
        ...annotations,
      },
      ...metadata,
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...(!bound && { storageClassName: "" }),
    },
  };
}

/** The claim without the label or annotation of this key. */
export function without(
  claim: V1PersistentVolumeClaim,
  key: string,
): V1PersistentVolumeClaim {
  const drop = (map: Record<string, string> = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(map).filter(([one]) => one !== key));
  return {
    ...claim,
    metadata: {
      ...claim.metadata,
      labels: drop(claim.metadata?.labels),
      annotations: drop(claim.metadata?.annotations),
    },
  };
}

/** Requests about the claims of a namespace, made by whoever `api` is. */
export function claimsOf(api: ApiServer, namespace: string) {
  const collection = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const request = async (
    method: ApiRequest["method"],
    path: string,
    rest: Pick<ApiRequest, "body" | "contentType"> = {},
  ): Promise<V1PersistentVolumeClaim> => {
    const { body } = await api({
      method,
      path,
      timeoutMs: TIMEOUT_MS,
      ...rest,
    });
    return body as V1PersistentVolumeClaim;
  };
  return {
    create: (claim: V1PersistentVolumeClaim) =>
      request("POST", collection, { body: claim }),
    get: (name: string) => request("GET", `${collection}/${name}`),
    patch: (name: string, change: object, subresource = "") =>
      request("PATCH", `${collection}/${name}${subresource}`, {
        body: change,
        contentType: "application/merge-patch+json",
      }),
    remove: (
      name: string,
      preconditions?: {
        uid?: string | undefined;
        resourceVersion?: string | undefined;
      },
    ) =>
      request("DELETE", `${collection}/${name}`, {
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          ...(preconditions && { preconditions }),
        },
      }),
  };
}

/** Name and version of a claim, for a delete on conditions. */
export function versionOf({ metadata }: V1PersistentVolumeClaim): {
  name: string;
  uid: string;
  resourceVersion: string;
} {
  return {
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    resourceVersion: metadata?.resourceVersion ?? "",
  };
}
