import { hasEnded } from "../contract/finished-pod.ts";
import type { PodFinish } from "../contract/finished-pod.ts";
import { CLAIM_LABEL_PREFIX } from "../contract/keys.ts";
import { originOf } from "./workload.ts";
import type { PodOrigin } from "./workload.ts";

/** What matters to a set about a Pod that names its claims. */
export interface ClaimUser {
  readonly name: string;
  /** Undefined for a Pod without a controller. */
  readonly origin: PodOrigin | undefined;
  /** True when the Pod has failed or is terminating, and its containers may still run. */
  readonly leaving: boolean;
  /** True when its phase is final: an earlier list may have shown that it used nothing. */
  readonly finished: boolean;
  /** Why it is leaving, for people. */
  readonly why: string;
}

/** A Pod in the lists: finished Pods are complete, the others have only metadata. */
export type ListedPod = PodFinish;

export interface ClaimUsers {
  /** Pods by the name of each claim that they use. */
  readonly byClaim: ReadonlyMap<string, readonly ClaimUser[]>;
  /** When the last container of a finished Pod ended, in milliseconds since the epoch, by claim. */
  readonly endedAt: ReadonlyMap<string, number>;
}

/**
 * The Pods that use claims. `pods` are all Pods with our label; their metadata is enough. `finished` are those of them that the
 * API server listed before that as Succeeded or Failed, with all fields. A Pod that has ended does not use its claims any more:
 * controllers do not delete such Pods.
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
    if (ended && hasEnded(ended)) {
      for (const claim of claimsOf(ended))
        endedAt.set(
          claim,
          Math.max(lastEnd(ended), endedAt.get(claim) ?? -Infinity),
        );
      continue;
    }
    const user = userOf(ended ?? pod, ended !== undefined);
    for (const claim of claimsOf(ended ?? pod))
      byClaim.set(claim, [...(byClaim.get(claim) ?? []), user]);
  }
  return { byClaim, endedAt };
}

function userOf({ metadata }: ListedPod, finished: boolean): ClaimUser {
  const user = {
    name: metadata?.name ?? "",
    origin: originOf(metadata),
    finished,
  };
  if (metadata?.deletionTimestamp !== undefined)
    return { ...user, leaving: true, why: "is terminating" };
  return finished
    ? {
        ...user,
        leaving: true,
        why: "failed, and it is not certain that its containers have ended",
      }
    : { ...user, leaving: false, why: "runs or will run" };
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

function lastEnd({ status }: ListedPod): number {
  return Math.max(
    ...(status?.containerStatuses ?? [])
      .map(({ state }) => Date.parse(String(state?.terminated?.finishedAt)))
      .filter((time) => !Number.isNaN(time)),
    0,
  );
}
