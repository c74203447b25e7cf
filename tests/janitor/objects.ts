import type {
  V1ContainerStatus,
  V1OwnerReference,
  V1Pod,
  V1PodCondition,
  V1Volume,
} from "@kubernetes/client-node";
import { claimName } from "../../functions/contract/claim-name.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  REQUEST_UID_ANNOTATION,
  REQUESTED_AT_ANNOTATION,
  TEMPLATE_NAME,
  UNUSED_SINCE_ANNOTATION,
} from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "../../janitor/verdict/claim-metadata.ts";

/** The API server's clock in all unit tests; nothing in them looks at a clock of this machine. */
export const NOW = Date.parse("2030-01-01T12:00:00Z");

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The annotation that Kubernetes sets when a claim has its volume. */
export const BOUND = { "pv.kubernetes.io/bind-completed": "yes" };

/**
 * A bound claim of ours for volume `cache`, an hour old, of which `over` replaces parts; labels and annotations are added to.
 * A mark among them was written by the janitor at its own time.
 */
export function aClaim(
  over: Partial<Omit<ClaimMetadata, "labels" | "annotations">> & {
    readonly requestUid?: string;
    readonly bound?: boolean;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  } = {},
): ClaimMetadata {
  const {
    requestUid = "request-1",
    bound = true,
    labels,
    annotations,
    ...rest
  } = over;
  const createdAt = rest.createdAt ?? NOW - HOUR;
  return {
    namespace: "shop",
    name: claimName("web-", "cache", requestUid),
    uid: `uid-of-${requestUid}`,
    resourceVersion: "7",
    createdAt,
    changedAt: createdAt,
    deletedAt: undefined,
    markWrittenAt: timeOf(annotations?.[UNUSED_SINCE_ANNOTATION]),
    labels: {
      [MANAGED_LABEL]: MANAGED_VALUE,
      [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
      [TEMPLATE_NAME]: "cache",
      ...labels,
    },
    annotations: {
      [REQUEST_UID_ANNOTATION]: requestUid,
      [REQUESTED_AT_ANNOTATION]: new Date(createdAt).toISOString(),
      ...(bound && BOUND),
      ...annotations,
    },
    ownerReferences: [],
    finalizers: ["kubernetes.io/pvc-protection"],
    ...rest,
  };
}

function timeOf(mark: string | undefined): number | undefined {
  return mark === undefined ? undefined : Date.parse(mark);
}

/** `count` claims of ours that differ in their request. */
export function claims(
  count: number,
  over: Parameters<typeof aClaim>[0] = {},
): ClaimMetadata[] {
  return Array.from({ length: count }, (_, index) =>
    aClaim({ ...over, requestUid: `request-${index}` }),
  );
}

/** A running, scheduled Pod with these volumes. */
export function aPod(
  name: string,
  volumes: V1Volume[],
  over: {
    readonly phase?: string;
    readonly node?: string | null;
    readonly terminating?: boolean;
    readonly labels?: Record<string, string>;
    readonly uid?: string | null;
    readonly status?: Omit<NonNullable<V1Pod["status"]>, "phase">;
  } = {},
): V1Pod {
  const { phase = "Running", node = "node-1", terminating, labels } = over;
  const uid = over.uid === undefined ? `uid-of-${name}` : over.uid;
  return {
    metadata: {
      name,
      ...(uid !== null && { uid }),
      ...(labels && { labels }),
      ...(terminating && { deletionTimestamp: new Date(NOW - MINUTE) }),
    },
    spec: { containers: [], volumes, ...(node !== null && { nodeName: node }) },
    status: { phase, ...over.status },
  };
}

/** A Pod that mounts the claim as the function would have it, label included. */
export function podOf(
  claim: ClaimMetadata,
  name = `pod-of-${claim.uid}`,
  over: Parameters<typeof aPod>[2] = {},
): V1Pod {
  const labels = {
    "volume-claim/name": claim.name,
    "volume-claim/cache": claim.name,
  };
  return aPod(name, [claimVolume("cache", claim.name)], { labels, ...over });
}

export function claimVolume(name: string, claim: string): V1Volume {
  return { name, persistentVolumeClaim: { claimName: claim } };
}

/** What a kubelet last said of a container that runs. */
export const RUNNING: V1ContainerStatus = {
  name: "app",
  image: "app:1",
  imageID: "",
  ready: true,
  restartCount: 0,
  state: { running: { startedAt: new Date(NOW - HOUR) } },
};

/** What a kubelet says of one that has ended. */
export const ENDED: V1ContainerStatus = {
  ...RUNNING,
  ready: false,
  state: { terminated: { exitCode: 0 } },
};

/** What the control plane writes into a Pod that it gives up with its node. */
export const LOST_NODE: V1PodCondition = {
  type: "DisruptionTarget",
  status: "True",
  reason: "DeletionByPodGC",
};

/** The reference that the janitor sets. */
export function ownedBy(pod: V1Pod): V1OwnerReference {
  return {
    apiVersion: "v1",
    kind: "Pod",
    name: pod.metadata?.name ?? "",
    uid: pod.metadata?.uid ?? "",
  };
}
