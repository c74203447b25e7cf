import type { V1Pod } from "@kubernetes/client-node";

/**
 * The control plane's own way to end a Pod: it is written Failed because its node is gone, and nobody asked that node whether
 * the containers are: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
const LOST_NODE = { type: "DisruptionTarget", reason: "DeletionByPodGC" };

/** True for the phases that are final: a kubelet starts nothing in them again, whatever the restart policy. */
function isFinal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/**
 * True for a Pod of which nothing runs and nothing will. A kubelet writes a final phase only when all containers have
 * stopped, evicted Pods included. What somebody else wrote is doubted: containers that were last seen running, a Pod that was
 * given up with its node, and a Terminating one, which is on its way out anyhow or stuck for a reason.
 */
export function isFinished({ metadata, status }: V1Pod): boolean {
  return (
    isFinal(status?.phase) &&
    metadata?.deletionTimestamp === undefined &&
    !mayStillRun(status)
  );
}

/** True for a Pod in a final phase that says so on weaker evidence than a kubelet's word. */
export function isDoubtful({ status }: V1Pod): boolean {
  return isFinal(status?.phase) && mayStillRun(status);
}

function mayStillRun(status: V1Pod["status"]): boolean {
  return (
    runningContainers(status).length > 0 ||
    lostNodeConditions(status).length > 0
  );
}

/** The part of a Pod's status that tells whether it has finished, and no more. */
export function finishOf(
  status: NonNullable<V1Pod["status"]>,
): NonNullable<V1Pod["status"]> {
  const { phase } = status;
  const running = runningContainers(status);
  const conditions = lostNodeConditions(status);
  return {
    ...(phase && { phase }),
    ...(isFinal(phase) && running.length > 0 && { containerStatuses: running }),
    ...(isFinal(phase) && conditions.length > 0 && { conditions }),
  };
}

type Containers = NonNullable<
  NonNullable<V1Pod["status"]>["containerStatuses"]
>;

/** Of all kinds: sidecars are init containers, and somebody may look around in an ephemeral one. */
function runningContainers(status: V1Pod["status"]): Containers {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].filter(({ state }) => state?.running !== undefined);
}

function lostNodeConditions(status: V1Pod["status"]) {
  return (status?.conditions ?? []).filter(
    ({ type, reason }) =>
      type === LOST_NODE.type && reason === LOST_NODE.reason,
  );
}
