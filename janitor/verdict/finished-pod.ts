import type { V1Pod } from "@kubernetes/client-node";

/**
 * The control plane writes Failed into a Pod whose node is gone. It does not know whether the containers still run: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
const LOST_NODE = { type: "DisruptionTarget", reason: "DeletionByPodGC" };

/** True for the phases that are final: a kubelet starts nothing in them again, whatever the restart policy. */
function isFinal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/**
 * True for a Pod in which nothing runs and nothing will run. A kubelet writes a final phase only when all containers have
 * stopped, evicted Pods included. Not finished are also: a Pod with containers that were last seen running, a Pod that was
 * given up with its node, and a Terminating Pod, which will be gone soon or is stuck for a reason.
 */
export function isFinished({ metadata, status }: V1Pod): boolean {
  return (
    isFinal(status?.phase) &&
    metadata?.deletionTimestamp === undefined &&
    !mayStillRun(status)
  );
}

/**
 * True for a Pod that is certainly done with the claims of a set, which go to another Pod: one that failed counts only when the end of
 * each container was reported, or when it never had one and the kubelet says why.
 */
export function hasEnded(pod: V1Pod): boolean {
  const { status } = pod;
  if (!isFinished(pod)) return false;
  if (status?.phase === "Succeeded") return true;
  const all = containersOf(status);
  return all.length === 0
    ? status?.reason !== undefined
    : all.every(({ state }) => state?.terminated !== undefined);
}

/** True for a Pod in a final phase whose containers may still run. */
export function isDoubtful({ status }: V1Pod): boolean {
  return isFinal(status?.phase) && mayStillRun(status);
}

function mayStillRun(status: V1Pod["status"]): boolean {
  return (
    runningContainers(status).length > 0 ||
    lostNodeConditions(status).length > 0
  );
}

/** The part of a Pod's status that shows whether it has finished, and no more. */
export function finishOf(
  status: NonNullable<V1Pod["status"]>,
): NonNullable<V1Pod["status"]> {
  const { phase, reason } = status;
  const containers = containersOf(status);
  const told = containers.filter(({ state }) => !state?.terminated);
  // One that has ended shows that there were any.
  if (told.length === 0) told.push(...containers.slice(0, 1));
  const conditions = lostNodeConditions(status);
  return {
    ...(phase && { phase }),
    ...(isFinal(phase) && told.length > 0 && { containerStatuses: told }),
    ...(phase === "Failed" && reason && { reason }),
    ...(isFinal(phase) && conditions.length > 0 && { conditions }),
  };
}

type Containers = NonNullable<
  NonNullable<V1Pod["status"]>["containerStatuses"]
>;

/** Of all kinds: sidecars are init containers, and a person may work in an ephemeral one. */
function containersOf(status: V1Pod["status"]): Containers {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}

function runningContainers(status: V1Pod["status"]): Containers {
  return containersOf(status).filter(
    ({ state }) => state?.running !== undefined,
  );
}

function lostNodeConditions(status: V1Pod["status"]) {
  return (status?.conditions ?? []).filter(
    ({ type, reason }) =>
      type === LOST_NODE.type && reason === LOST_NODE.reason,
  );
}
