import { CoreV1Api } from "@kubernetes/client-node";
import type {
  KubeConfig,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";
import {
  carriesMarker,
  CLAIM_NAME_LABEL,
  RETAIN,
  REUSE,
  TEMPLATE_RETENTION,
} from "../../../functions/contract/keys.ts";
import { heldBy } from "../../../functions/contract/hold.ts";
import { eventually } from "../../support/eventually.ts";
import { followWatch } from "../../support/follow-watch.ts";

/** On a Pod of a person that mounts a claim by hand: whether the person has put a hold on the claim before. */
export const BY_HAND_LABEL = "storm.example.com/by-hand";
export type ByHand = "after a hold" | "without a hold";
/** The values of the label. */
export const BY_HAND: Readonly<Record<string, ByHand>> = {
  held: "after a hold",
  unheld: "without a hold",
};
/** On a claim that only looks like ours. */
export const FOREIGN_LABEL = "storm.example.com/foreign";

/** What counts of a Pod. */
export interface SeenPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since the epoch, in whole seconds. */
  readonly createdAt: number;
  /** Names of the claims that its volumes name. */
  readonly claims: readonly string[];
  /** The function has admitted it. */
  readonly admitted: boolean;
  readonly byHand?: ByHand;
  readonly finished: boolean;
}

/** What counts of a claim. */
export interface SeenClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
  /** When its deletion was requested; milliseconds since the epoch, in whole seconds. */
  readonly deletedAt?: number;
  /** The function made it, and nobody has taken its labels away. */
  readonly ours: boolean;
  readonly held: boolean;
  /** Its retention, when that lets it outlive its Pods. */
  readonly stays?: typeof RETAIN | typeof REUSE;
  /** The uids of its owners. */
  readonly owners: readonly string[];
}

/** A change that the API server has stored. */
export type StoredChange = {
  /** The order of all changes: the resourceVersion of the object, as a number. */
  readonly revision: number;
  /** The object has been removed by it. */
  readonly gone: boolean;
} & (
  | { readonly kind: "pod"; readonly object: SeenPod }
  | { readonly kind: "claim"; readonly object: SeenClaim }
);

/** All changes of Pods and claims of a cluster, from the first one on. */
export interface History {
  readonly changes: readonly StoredChange[];
  /** Why changes may be missing. */
  readonly gaps: readonly string[];
  /**
   * Waits until every change that is stored by now is here, and gives them in their order. It compares what they lead to with a list, and
   * a difference is a gap.
   */
  readonly complete: (namespace: string) => Promise<readonly StoredChange[]>;
  readonly stop: () => void;
}

/** Watches the Pods and claims of all namespaces. */
export async function recordHistory(kubeConfig: KubeConfig): Promise<History> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const changes: StoredChange[] = [];
  const gaps: string[] = [];
  const onGap = (why: string): unknown => gaps.push(why);
  const watches = await Promise.all([
    followWatch(
      kubeConfig,
      "/api/v1/pods",
      (type, pod: V1Pod) =>
        changes.push({
          ...orderOf(type, pod),
          kind: "pod",
          object: seenPod(pod),
        }),
      onGap,
    ),
    followWatch(
      kubeConfig,
      "/api/v1/persistentvolumeclaims",
      (type, claim: V1PersistentVolumeClaim) =>
        changes.push({
          ...orderOf(type, claim),
          kind: "claim",
          object: seenClaim(claim),
        }),
      onGap,
    ),
  ]);

  return {
    changes,
    gaps,
    async complete(namespace) {
      const [pods, claims] = await Promise.all([
        core.listPodForAllNamespaces(),
        core.listPersistentVolumeClaimForAllNamespaces(),
      ]);
      await writeMarkers(core, namespace);
      await eventually("both watches have come to the end", () =>
        (["pod", "claim"] as const).every((kind) =>
          changes.some(
            (change) =>
              change.kind === kind && change.object.namespace === namespace,
          ),
        ),
      );
      const ordered = changes.toSorted((a, b) => a.revision - b.revision);
      for (const [kind, list] of [
        ["pod", pods],
        ["claim", claims],
      ] as const) {
        const listed = list.items.map(({ metadata }) => metadata?.uid ?? "");
        const seen = uidsAt(
          Number(list.metadata?.resourceVersion),
          ordered.filter((change) => change.kind === kind),
        );
        if (listed.toSorted().join() !== [...seen].toSorted().join())
          gaps.push(
            `the watch leads to ${seen.size} objects of kind ${kind}, and the list has ${listed.length}, or others`,
          );
      }
      return ordered;
    },
    stop: () => {
      for (const stop of watches) stop();
    },
  };
}

/** Creates a Pod and a claim: what the watches show them after is complete. */
async function writeMarkers(core: CoreV1Api, namespace: string): Promise<void> {
  const metadata = { name: "end-of-storm" };
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata,
      spec: { containers: [{ name: "app", image: "app:1" }] },
    },
  });
  await core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata,
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Mi" } },
      },
    },
  });
}

/** The uids of the objects that are there at a revision. */
function uidsAt(
  revision: number,
  ordered: readonly StoredChange[],
): Set<string> {
  const uids = new Set<string>();
  for (const change of ordered) {
    if (change.revision > revision) break;
    if (change.gone) uids.delete(change.object.uid);
    else uids.add(change.object.uid);
  }
  return uids;
}

function orderOf(
  type: string,
  { metadata }: V1Pod | V1PersistentVolumeClaim,
): Pick<StoredChange, "revision" | "gone"> {
  return {
    revision: Number(metadata?.resourceVersion),
    gone: type === "DELETED",
  };
}

export function seenPod({ metadata, spec, status }: V1Pod): SeenPod {
  const byHand = BY_HAND[metadata?.labels?.[BY_HAND_LABEL] ?? ""];
  return {
    ...identityOf(metadata),
    claims: (spec?.volumes ?? []).flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    ),
    admitted: metadata?.labels?.[CLAIM_NAME_LABEL] !== undefined,
    ...(byHand && { byHand }),
    finished: ["Succeeded", "Failed"].includes(status?.phase ?? ""),
  };
}

export function seenClaim({ metadata }: V1PersistentVolumeClaim): SeenClaim {
  const { annotations, deletionTimestamp, labels } = metadata ?? {};
  const retention = annotations?.[TEMPLATE_RETENTION];
  return {
    ...identityOf(metadata),
    ...(deletionTimestamp !== undefined && {
      deletedAt: Date.parse(String(deletionTimestamp)),
    }),
    ours: carriesMarker(labels) && labels?.[FOREIGN_LABEL] === undefined,
    held: heldBy(metadata ?? {}) !== undefined,
    ...((retention === RETAIN || retention === REUSE) && { stays: retention }),
    owners: (metadata?.ownerReferences ?? []).map(({ uid }) => uid),
  };
}

function identityOf(
  metadata: V1Pod["metadata"],
): Pick<SeenPod, "namespace" | "name" | "uid" | "createdAt"> {
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    uid: metadata?.uid ?? "",
    // A watch does not decode dates.
    createdAt: Date.parse(String(metadata?.creationTimestamp)),
  };
}
