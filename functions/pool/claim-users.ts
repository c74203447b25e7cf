import type { V1Pod } from "@kubernetes/client-node";
import { CLAIM_LABEL_PREFIX } from "../contract/keys.ts";

/** A Pod that names claims, as far as it matters to their sets. */
export interface ClaimUser {
  readonly name: string;
  /** True when it is on its way out, and its containers may still run. */
  readonly leaving: boolean;
  /** Why it is leaving, for people. */
  readonly why: string;
}

/** What the pool's list of Pods has of each: only the metadata, of finished Pods all of it. */
export type ListedPod = Pick<V1Pod, "metadata" | "spec" | "status">;

export interface ClaimUsers {
  /** Pods by the name of each claim that they hold. */
  readonly byClaim: ReadonlyMap<string, readonly ClaimUser[]>;
  /** When the last container of a finished Pod ended, in milliseconds since the epoch, by claim. */
  readonly endedAt: ReadonlyMap<string, number>;
}

/**
 * The Pods that hold claims. `pods` are all Pods with our label, of which the metadata is enough. `finished` are those of them that
 * the API server lists as Succeeded or Failed, whole. A finished Pod does not hold its claims: controllers leave such Pods behind.
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

/** By the volumes where they are known, and by the labels that the function gives a Pod. */
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
  // The kubelet rejected the Pod before it started anything; it says so with a reason.
  if (statuses.length === 0)
    return status?.reason !== undefined && !isCollected;
  return (
    statuses.length >= (spec?.containers.length ?? 0) &&
    statuses.every(({ state }) => state?.terminated !== undefined) &&
    (status?.initContainerStatuses ?? []).every(
      ({ state }) =>
        state?.terminated !== undefined ||
        // The ones after an init container that failed never start.
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
