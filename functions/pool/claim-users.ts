import type { V1Pod } from "@kubernetes/client-node";
import { CLAIM_LABEL_PREFIX } from "../contract/keys.ts";

/** What matters to a set about a Pod that names its claims. */
export interface ClaimUser {
  readonly name: string;
  /** True when the Pod has failed or is terminating, and its containers may still run. */
  readonly leaving: boolean;
  /** Why it is leaving, for people. */
  readonly why: string;
}

/** A Pod in the lists: finished Pods are complete, the others have only metadata. */
export type ListedPod = Pick<V1Pod, "metadata" | "spec" | "status">;

export interface ClaimUsers {
  /** Pods by the name of each claim that they hold. */
  readonly byClaim: ReadonlyMap<string, readonly ClaimUser[]>;
  /** When the last container of a finished Pod ended, in milliseconds since the epoch, by claim. */
  readonly endedAt: ReadonlyMap<string, number>;
}

/**
 * The Pods that hold claims. `pods` are all Pods with our label; their metadata is enough. `finished` are those of them that the
 * API server lists as Succeeded or Failed, with all fields. A finished Pod does not hold its claims, because controllers do not
 * delete such Pods.
 */
export function claimUsers(
  pods: readonly ListedPod[],
  finished: readonly ListedPod[],
): ClaimUsers {
  const byClaim = new Map<string, ClaimUser[]>();
  const endedAt = new Map<string, number>();
  const finishedByUid = new Map(
    finished.map((pod) => [pod.metadata?.uid, pod]),
  );
  for (const pod of pods) {
    const ended = finishedByUid.get(pod.metadata?.uid);
    if (ended && containersEnded(ended)) {
      for (const claim of claimsOf(ended))
        endedAt.set(
          claim,
          Math.max(lastEnd(ended), endedAt.get(claim) ?? -Infinity),
        );
      continue;
    }
    const user = userOf(pod, ended !== undefined);
    for (const claim of claimsOf(ended ?? pod))
      byClaim.set(claim, [...(byClaim.get(claim) ?? []), user]);
  }
  return { byClaim, endedAt };
}

function userOf({ metadata }: ListedPod, finished: boolean): ClaimUser {
  const name = metadata?.name ?? "";
  if (finished)
    return {
      name,
      leaving: true,
      why: "failed, and it is not certain that its containers have ended",
    };
  return metadata?.deletionTimestamp === undefined
    ? { name, leaving: false, why: "runs or will run" }
    : { name, leaving: true, why: "is terminating" };
}

/** The claims in the Pod's volumes, where these are known, and in the labels that the function gives a Pod. */
function claimsOf({ metadata, spec }: ListedPod): ReadonlySet<string> {
  return new Set([
    ...Object.entries(metadata?.labels ?? {}).flatMap(([key, value]) =>
      key.startsWith(CLAIM_LABEL_PREFIX) ? [value] : [],
    ),
    ...(spec?.volumes ?? []).flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    ),
  ]);
}

/**
 * True when the kubelet has reported the end of every container. The control plane also marks Pods of lost nodes as Failed; their
 * containers may have started since the last report, and may still write.
 */
function containersEnded({ spec, status }: ListedPod): boolean {
  if (status?.phase === "Succeeded") return true;
  const statuses = status?.containerStatuses ?? [];
  const isCollected = wasCollected(status);
  // With a reason, the kubelet rejected the Pod before it started a container.
  if (statuses.length === 0)
    return status?.reason !== undefined && !isCollected;
  return (
    statuses.length >= (spec?.containers.length ?? 0) &&
    statuses.every(({ state }) => state?.terminated !== undefined) &&
    (status?.initContainerStatuses ?? []).every(
      ({ state }) =>
        state?.terminated !== undefined ||
        // Containers after a failed init container never start.
        (state?.waiting !== undefined && !isCollected),
    )
  );
}

function wasCollected(status: V1Pod["status"]): boolean {
  return (status?.conditions ?? []).some(
    ({ reason, type }) =>
      type === "DisruptionTarget" && reason === "DeletionByPodGC",
  );
}

function lastEnd({ status }: ListedPod): number {
  return Math.max(
    ...(status?.containerStatuses ?? [])
      .map(({ state }) => Date.parse(String(state?.terminated?.finishedAt)))
      .filter((time) => !Number.isNaN(time)),
    0,
  );
}
