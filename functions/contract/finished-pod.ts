import type { V1Pod } from "@kubernetes/client-node";

/** What shows whether a Pod has finished. `finishOf` keeps the fields of spec and status that decide. */
export type PodFinish = Pick<V1Pod, "metadata" | "spec" | "status">;

/**
 * The control plane writes Failed into a Pod whose node is gone. It does not know whether the containers still run: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
const LOST_NODE = { type: "DisruptionTarget", reason: "DeletionByPodGC" };

/**
 * True for a Pod that does not hold a claim with `finished-pods: Release`: it has a final phase, and nothing says that a container
 * may still run. A kubelet writes a final phase only when all containers have stopped, also when it evicts the Pod. A Terminating
 * Pod has not finished: it is gone soon, or it is stuck for a reason. Kubernetes keeps the volume until the Pod object is gone.
 */
export function isFinished({ metadata, status }: PodFinish): boolean {
  return (
    isFinal(status?.phase) &&
    metadata?.deletionTimestamp === undefined &&
    !mayStillRun(status)
  );
}

/**
 * True for a Pod that does not hold the claims of its set, which another Pod gets: it has finished, and it is certain that its
 * containers have ended. A Failed Pod counts only when the kubelet reported the end of each container, or when the kubelet rejected
 * the Pod before it started one, which it does with a reason. A container that waited at the last report may run by now, unless the
 * Pod failed in its init containers: the kubelet starts the others only after them.
 */
export function hasEnded(pod: PodFinish): boolean {
  if (!isFinished(pod)) return false;
  const { status } = pod;
  if (status?.phase === "Succeeded") return true;
  const reports = reportsOf(status);
  const initialized = notInitialized(status).length === 0;
  return reports.length === 0
    ? status?.reason !== undefined
    : (!initialized || withoutReport(pod).length === 0) &&
        reports.every(
          ({ state }) => !initialized || state?.terminated !== undefined,
        );
}

/** True for a Pod in a final phase whose containers may still run. */
export function isDoubtful({ status }: PodFinish): boolean {
  return isFinal(status?.phase) && mayStillRun(status);
}

/** The part of a Pod that the functions of this file read, beside its metadata. The containers are those without a report. */
export function finishOf(pod: PodFinish): {
  readonly containers: readonly { readonly name: string }[];
  readonly status?: NonNullable<V1Pod["status"]>;
} {
  const { status } = pod;
  if (!status) return { containers: [] };
  const { phase, reason } = status;
  if (!isFinal(phase))
    return { containers: [], status: { ...(phase && { phase }) } };
  const reports = reportsOf(status);
  const told = reports.filter(({ state }) => !state?.terminated);
  // One that has ended shows that there were any.
  if (told.length === 0) told.push(...reports.slice(0, 1));
  const conditions = [...lostNodeConditions(status), ...notInitialized(status)];
  return {
    containers: withoutReport(pod).map(({ name }) => ({ name })),
    status: {
      phase,
      ...(told.length > 0 && { containerStatuses: told }),
      ...(phase === "Failed" && reason && { reason }),
      ...(conditions.length > 0 && { conditions }),
    },
  };
}

/** True for the phases that are final: a kubelet starts nothing in them again, whatever the restart policy. */
export function isFinal(
  phase: string | undefined,
): phase is "Succeeded" | "Failed" {
  return phase === "Succeeded" || phase === "Failed";
}

function mayStillRun(status: V1Pod["status"]): boolean {
  return (
    reportsOf(status).some(({ state }) => state?.running !== undefined) ||
    lostNodeConditions(status).length > 0
  );
}

type Reports = NonNullable<NonNullable<V1Pod["status"]>["containerStatuses"]>;

/** Of all kinds of containers: sidecars are init containers, and a person may work in an ephemeral one. */
function reportsOf(status: V1Pod["status"]): Reports {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}

function withoutReport({ spec, status }: PodFinish) {
  const reported = new Set(status?.containerStatuses?.map(({ name }) => name));
  return (spec?.containers ?? []).filter(({ name }) => !reported.has(name));
}

function notInitialized(status: V1Pod["status"]) {
  return (status?.conditions ?? []).filter(
    ({ type, status: value }) => type === "Initialized" && value === "False",
  );
}

function lostNodeConditions(status: V1Pod["status"]) {
  return (status?.conditions ?? []).filter(
    ({ type, reason }) =>
      type === LOST_NODE.type && reason === LOST_NODE.reason,
  );
}
