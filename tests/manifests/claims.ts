import type {
  V1ObjectMeta,
  V1PersistentVolumeClaim,
} from "@kubernetes/client-node";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import type {
  ApiRequest,
  ApiServer,
} from "../../functions/kubernetes/api-server.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 10_000;

/** How a claim differs from one that the function creates. */
export interface ClaimOver extends Pick<
  V1ObjectMeta,
  "annotations" | "finalizers" | "labels" | "ownerReferences"
> {
  /** Key of a label or annotation that is left out. */
  readonly drop?: string;
  /** Has the default class, so that a controller binds it. */
  readonly bound?: boolean;
}

/** A claim as the function creates it. */
export function aClaim(
  name: string,
  { labels, annotations, drop, bound = false, ...metadata }: ClaimOver = {},
): V1PersistentVolumeClaim {
  const kept = (map: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(map).filter(([key]) => key !== drop));
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      labels: kept({
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": "cache",
        ...labels,
      }),
      annotations: kept({
        "volume-claim/request-uid": "705ab4f5",
        "volume-claim/requested-at": new Date().toISOString(),
        ...annotations,
      }),
      ...metadata,
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...(!bound && { storageClassName: "" }),
    },
  };
}

/** Merge patches of metadata. */
export const annotate = (annotations: Record<string, string | null>) => ({
  metadata: { annotations },
});
export const label = (labels: Record<string, string | null>) => ({
  metadata: { labels },
});
export const own = (...ownerReferences: object[]) => ({
  metadata: { ownerReferences },
});

/** The message of the API server that rejects the request, or "allowed". */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "allowed";
  } catch (error) {
    if (error instanceof ApiStatusError) return error.message;
    throw error;
  }
}

/** What the API server says of this request, which changes nothing. */
export function dryRun(
  api: ApiServer,
  request: Omit<ApiRequest, "query" | "timeoutMs">,
): Promise<string> {
  return outcomeOf(
    api({ ...request, query: { dryRun: "All" }, timeoutMs: TIMEOUT_MS }),
  );
}

const pathOf = (namespace: string, ...name: string[]): string =>
  ["/api/v1/namespaces", namespace, "persistentvolumeclaims", ...name].join(
    "/",
  );

/** The claims of a namespace. */
export function claimsOf(api: ApiServer, namespace: string) {
  const request = async (
    parts: Omit<ApiRequest, "timeoutMs">,
  ): Promise<V1PersistentVolumeClaim> => {
    const { body } = await api({ ...parts, timeoutMs: TIMEOUT_MS });
    return body as V1PersistentVolumeClaim;
  };
  return {
    create: (claim: V1PersistentVolumeClaim) =>
      request({ method: "POST", path: pathOf(namespace), body: claim }),
    get: (name: string) =>
      request({ method: "GET", path: pathOf(namespace, name) }),
    patch: (name: string, change: object) =>
      request({ ...mergePatch(change), path: pathOf(namespace, name) }),
    remove: (name: string) =>
      request({ method: "DELETE", path: pathOf(namespace, name) }),
  };
}

export type Claims = ReturnType<typeof claimsOf>;

/** What the API server says when `api` tries to change the claims of a namespace. Changes nothing. `admin` reads versions. */
export function attemptsOn(
  api: ApiServer,
  admin: ApiServer,
  namespace: string,
) {
  return {
    create: (claim: V1PersistentVolumeClaim) =>
      dryRun(api, { method: "POST", path: pathOf(namespace), body: claim }),
    patch: (name: string, change: object, subresource = "") =>
      dryRun(api, {
        ...mergePatch(change),
        path: pathOf(namespace, name) + subresource,
      }),
    /** On these conditions of the version that there is. */
    remove: (
      name: string,
      by: readonly ("resourceVersion" | "uid")[] = ["uid", "resourceVersion"],
    ) =>
      // A controller may write to the claim meanwhile.
      eventually("no conflict", async () => {
        const { metadata } = await claimsOf(admin, namespace).get(name);
        const preconditions = Object.fromEntries(
          by.map((key) => [key, metadata?.[key]]),
        );
        const said = await dryRun(api, {
          method: "DELETE",
          path: pathOf(namespace, name),
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            dryRun: ["All"],
            preconditions,
          },
        });
        return !said.startsWith("Operation cannot be fulfilled") && said;
      }),
  };
}

export type Attempts = ReturnType<typeof attemptsOn>;

function mergePatch(body: object) {
  return {
    method: "PATCH",
    contentType: "application/merge-patch+json",
    body,
  } as const;
}
