import {
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type {
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Volume,
} from "@kubernetes/client-node";
import { claimName } from "../../../functions/contract/claim-name.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  REQUEST_UID_ANNOTATION,
  REQUESTED_AT_ANNOTATION,
  TEMPLATE_NAME,
} from "../../../functions/contract/keys.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

let starting: Promise<ControlPlane> | undefined;

/**
 * The control plane of the janitor's tests, an API server alone: without controllers nothing but the janitor deletes
 * anything. Claims get no finalizer, so that a deleted one is gone at once. Old revisions of claims are dropped each second
 * and not cached, so that the token of a list expires while a test waits.
 */
export function janitorControlPlane(): Promise<ControlPlane> {
  starting ??= startControlPlane({
    controllers: false,
    nodes: 0,
    apiServerFlags: [
      "--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement",
      "--disable-admission-plugins=StorageObjectInUseProtection",
      "--etcd-compaction-interval=1s",
      "--watch-cache-sizes=persistentvolumeclaims#0",
    ],
  });
  return starting;
}

after(async () => {
  const controlPlane = await starting?.catch(() => undefined);
  await controlPlane?.stop();
});

let made = 0;

/** Creates a claim as the function does, with more metadata if given. */
export async function createClaim(
  { kubeConfig }: ControlPlane,
  namespace: string,
  { labels, annotations, ...metadata }: V1ObjectMeta = {},
): Promise<{ name: string; uid: string }> {
  made += 1;
  const requestUid = `request-${made}`;
  const claim = await kubeConfig
    .makeApiClient(CoreV1Api)
    .createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: {
          name: claimName("web-", "cache", requestUid),
          labels: {
            [MANAGED_LABEL]: MANAGED_VALUE,
            [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
            [TEMPLATE_NAME]: "cache",
            ...labels,
          },
          annotations: {
            [REQUEST_UID_ANNOTATION]: requestUid,
            [REQUESTED_AT_ANNOTATION]: new Date().toISOString(),
            ...annotations,
          },
          ...metadata,
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
        },
      },
    });
  return { name: claim.metadata?.name ?? "", uid: claim.metadata?.uid ?? "" };
}

/** Creates `count` claims and returns their names. */
export async function createClaims(
  controlPlane: ControlPlane,
  namespace: string,
  count: number,
): Promise<string[]> {
  const claims = await Promise.all(
    Array.from({ length: count }, () => createClaim(controlPlane, namespace)),
  );
  return claims.map(({ name }) => name);
}

/** Creates a Pod that uses `claim`, with the labels of the function unless it uses it by hand. */
export async function createPod(
  { kubeConfig }: ControlPlane,
  namespace: string,
  name: string,
  claim: string,
  {
    byHand = false,
    volume = { name: "cache", persistentVolumeClaim: { claimName: claim } },
    nodeSelector,
    nodeName,
    ...metadata
  }: V1ObjectMeta & {
    byHand?: boolean;
    volume?: V1Volume;
    nodeSelector?: Record<string, string>;
    nodeName?: string;
  } = {},
): Promise<V1Pod> {
  return await kubeConfig.makeApiClient(CoreV1Api).createNamespacedPod({
    namespace,
    body: {
      metadata: {
        name,
        ...(!byHand && {
          labels: { "volume-claim/name": claim, "volume-claim/cache": claim },
        }),
        ...metadata,
      },
      spec: {
        containers: [
          {
            name: "app",
            image: "app:1",
            volumeMounts: [{ name: volume.name, mountPath: "/cache" }],
          },
        ],
        volumes: [volume],
        terminationGracePeriodSeconds: 0,
        ...(nodeSelector && { nodeSelector }),
        ...(nodeName && { nodeName }),
      },
    },
  });
}

export async function deletePod(
  { kubeConfig }: ControlPlane,
  namespace: string,
  name: string,
): Promise<void> {
  await kubeConfig
    .makeApiClient(CoreV1Api)
    .deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
}

/** Merges `metadata` into that of a claim. */
export async function patchClaim(
  { kubeConfig }: ControlPlane,
  namespace: string,
  name: string,
  metadata: object,
): Promise<void> {
  await kubeConfig
    .makeApiClient(CoreV1Api)
    .patchNamespacedPersistentVolumeClaim(
      { namespace, name, body: { metadata } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
}

/** The claims of a namespace, by name. */
export async function claimsIn(
  { kubeConfig }: ControlPlane,
  namespace: string,
): Promise<Map<string, V1PersistentVolumeClaim>> {
  const { items } = await kubeConfig
    .makeApiClient(CoreV1Api)
    .listNamespacedPersistentVolumeClaim({ namespace });
  return new Map(items.map((claim) => [claim.metadata?.name ?? "", claim]));
}
