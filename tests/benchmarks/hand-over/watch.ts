import type {
  KubeConfig,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";
import { claimOf } from "../../support/admission-suite.ts";
import { followWatch } from "../../support/follow-watch.ts";

/** What happened in a namespace since the last `begin()`. */
export interface HandOvers {
  /** Forgets what has happened so far. */
  readonly begin: () => void;
  /** Pods that were created. */
  readonly pods: () => number;
  /** Pods that were created on a claim that was there before `begin()`, or that another Pod had. */
  readonly hits: () => number;
  /** Milliseconds from the end of each Pod to the creation of the next Pod with its claim. */
  readonly gaps: () => readonly number[];
  readonly stop: () => void;
}

/** Watches the Pods and claims of an empty namespace. */
export async function watchHandOvers(
  kubeConfig: KubeConfig,
  namespace: string,
): Promise<HandOvers> {
  /** When the Pod of each claim was gone, in milliseconds since the epoch. */
  const ends = new Map<string, number>();
  const known = new Set<string>();
  let created = new Set<string>();
  let pods = 0;
  let gaps: number[] = [];
  const taken = new Map<string, string>();
  const onPod = (type: string, pod: V1Pod): void => {
    const claim = claimOf(pod) ?? "";
    const uid = pod.metadata?.uid ?? "";
    if (type === "DELETED") {
      if (taken.get(claim) === uid) ends.set(claim, Date.now());
      return;
    }
    if (known.has(uid)) return;
    known.add(uid);
    pods += 1;
    taken.set(claim, uid);
    const end = ends.get(claim);
    if (end !== undefined) gaps.push(Date.now() - end);
  };
  const onClaim = (
    type: string,
    { metadata }: V1PersistentVolumeClaim,
  ): void => {
    if (type === "ADDED") created.add(metadata?.name ?? "");
  };
  const follow = (
    resource: string,
    onEvent: Parameters<typeof followWatch>[2],
  ): Promise<() => void> =>
    followWatch(
      kubeConfig,
      `/api/v1/namespaces/${namespace}/${resource}`,
      onEvent,
      (error) => {
        throw new Error(error);
      },
    );
  const watches = await Promise.all([
    follow("pods", onPod),
    follow("persistentvolumeclaims", onClaim),
  ]);
  return {
    begin() {
      created = new Set();
      pods = 0;
      gaps = [];
      ends.clear();
    },
    pods: () => pods,
    hits: () => pods - created.size,
    gaps: () => gaps,
    stop() {
      for (const stop of watches) stop();
    },
  };
}
