import type { V1Pod, V1PodCondition } from "@kubernetes/client-node";
import { printable } from "../../functions/contract/printable.ts";
import type { ClaimSet } from "./claim-sets.ts";
import { claimsUsedBy } from "./pod-uses-claim.ts";
import type { SetNodes, VolumeAttachment } from "./set-nodes.ts";

/** A Pod that has been Pending for less than this, in milliseconds, may still start: a new node takes minutes. */
export const PENDING_BOUND_MS = 600_000;

/**
 * What the scheduler says of nodes on which only the Pod's volumes prevent it; the first is of Kubernetes 1.32 and older:
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/framework/plugins/volumebinding/binder.go
 */
const VOLUME_ON_OTHER_NODES =
  /had volume node affinity conflict|didn't match PersistentVolume's node affinity|had no available volume zone/;

/** Messages of the scheduler list every reason of a large cluster. */
const MAX_MESSAGE_LENGTH = 300;

/** A Pod that waits for the volumes of its set. */
export interface PendingPod {
  readonly name: string;
  /** What the scheduler or the driver says. */
  readonly why: string;
}

/** The part of a Pod's status that shows why it has not started, and no more. */
export function pendingOf({
  status,
}: V1Pod): Pick<NonNullable<V1Pod["status"]>, "conditions"> {
  const scheduled =
    status?.phase === "Pending"
      ? (status.conditions ?? []).filter(({ type }) => type === "PodScheduled")
      : [];
  return scheduled.length > 0 ? { conditions: scheduled } : {};
}

/**
 * The Pod of a set that has been Pending for longer than the bound because of the set. Only two things count, since neither is true of
 * a Pod with other claims: the scheduler says that the volumes are on other nodes, or the set's volume cannot be attached to the Pod's
 * node.
 */
export function pendingBecauseOf(
  set: Pick<ClaimSet, "members" | "volumes">,
  pods: readonly V1Pod[],
  { nodeAffinity }: Pick<SetNodes, "nodeAffinity">,
  attachments: readonly VolumeAttachment[],
  now: number,
): PendingPod | undefined {
  const names = new Set(set.members.map(({ name }) => name));
  for (const pod of pods) {
    const { metadata, spec, status } = pod;
    if (status?.phase !== "Pending" || metadata?.deletionTimestamp) continue;
    const scheduled = status.conditions?.find(
      ({ type }) => type === "PodScheduled",
    );
    if (!scheduled || !isOld(scheduled, now)) continue;
    const why = spec?.nodeName
      ? notAttached(set.volumes, spec.nodeName, attachments)
      : nodeAffinity !== undefined &&
          claimsUsedBy(pod).every((claim) => names.has(claim)) &&
          scheduled.reason === "Unschedulable" &&
          VOLUME_ON_OTHER_NODES.test(scheduled.message ?? "")
        ? scheduled.message
        : undefined;
    if (why !== undefined)
      return {
        name: metadata?.name ?? "",
        why: printable(why).slice(0, MAX_MESSAGE_LENGTH),
      };
  }
  return undefined;
}

function isOld({ lastTransitionTime }: V1PodCondition, now: number): boolean {
  // JSON has a text, where client-node's type says Date.
  const since = Date.parse(
    lastTransitionTime instanceof Date
      ? lastTransitionTime.toISOString()
      : String(lastTransitionTime),
  );
  return now - since >= PENDING_BOUND_MS;
}

/** Why a volume is not attached to the node: the driver failed, or it is still attached to another one. */
function notAttached(
  volumes: readonly string[],
  node: string,
  attachments: readonly VolumeAttachment[],
): string | undefined {
  for (const volume of volumes) {
    const ofVolume = attachments.filter((one) => one.volume === volume);
    const here = ofVolume.find((one) => one.node === node);
    if (here?.error !== undefined && !here.attached)
      return `volume ${volume} cannot be attached to node ${node}: ${here.error}`;
    const elsewhere = ofVolume.find(({ attached }) => attached);
    if (!here && elsewhere)
      return `volume ${volume} is still attached to node ${elsewhere.node}, and the Pod is on node ${node}`;
  }
  return undefined;
}
