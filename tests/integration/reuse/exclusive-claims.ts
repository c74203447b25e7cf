import { Watch } from "@kubernetes/client-node";
import type {
  KubeConfig,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";

/** What a watch of a namespace has seen, from its first event on. */
export interface ExclusiveClaims {
  /** Each moment at which two Pods had one claim, or a claim that a Pod names was deleted. */
  readonly violations: readonly string[];
  readonly pods: number;
  /** The most Pods that had claims at one moment, when each has them for `leaseMs` at least. */
  readonly mostAtOnce: (leaseMs: number) => number;
  readonly stop: () => void;
}

/**
 * Watches the Pods and claims of an empty namespace, and checks with each event that no two Pods have one claim. A Pod has its claims
 * from its first event until it is gone, or has finished.
 */
export async function watchExclusiveClaims(
  kubeConfig: KubeConfig,
  namespace: string,
): Promise<ExclusiveClaims> {
  const violations: string[] = [];
  const holders = new Map<string, V1Pod>();
  const times = new Map<string, { readonly from: number; to: number }>();
  const onPod = (type: string, pod: V1Pod): void => {
    const uid = pod.metadata?.uid ?? "";
    const name = pod.metadata?.name ?? "";
    const finished = ["Succeeded", "Failed"].includes(pod.status?.phase ?? "");
    if (type === "DELETED" || finished) {
      holders.delete(uid);
      const time = times.get(uid);
      if (time?.to === Infinity) time.to = Date.now();
      return;
    }
    if (!holders.has(uid)) {
      times.set(uid, { from: Date.now(), to: Infinity });
      for (const claim of claimsOf(pod))
        for (const other of holders.values())
          if (claimsOf(other).includes(claim))
            violations.push(
              `Pods ${other.metadata?.name} and ${name} both have claim ${claim}`,
            );
    }
    holders.set(uid, pod);
  };
  const onClaim = (type: string, claim: V1PersistentVolumeClaim): void => {
    const name = claim.metadata?.name ?? "";
    if (type !== "DELETED" && claim.metadata?.deletionTimestamp === undefined)
      return;
    for (const pod of holders.values())
      if (claimsOf(pod).includes(name))
        violations.push(
          `claim ${name} of Pod ${pod.metadata?.name} is deleted`,
        );
  };
  const watch = new Watch(kubeConfig);
  const path = (resource: string): string =>
    `/api/v1/namespaces/${namespace}/${resource}`;
  let stopped = false;
  const ended = (error: unknown): void => {
    if (!stopped) violations.push(`the watch ended: ${String(error)}`);
  };
  const watches = await Promise.all([
    watch.watch(path("pods"), { resourceVersion: "0" }, onPod, ended),
    watch.watch(
      path("persistentvolumeclaims"),
      { resourceVersion: "0" },
      onClaim,
      ended,
    ),
  ]);
  return {
    violations,
    get pods() {
      return times.size;
    },
    mostAtOnce: (leaseMs) => {
      const all = [...times.values()];
      return Math.max(
        ...all.map(
          ({ from }) =>
            all.filter(
              (other) =>
                other.from <= from &&
                Math.max(other.to, other.from + leaseMs) >= from,
            ).length,
        ),
      );
    },
    stop: () => {
      stopped = true;
      for (const each of watches) each.abort();
    },
  };
}

function claimsOf({ spec }: V1Pod): string[] {
  return (spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
}
