import type { V1Pod } from "@kubernetes/client-node";
import { controllerOf } from "../contract/controller.ts";

/** The object that people deploy and that Pods come from. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** The workload of a Pod, and the controller that created the Pod. A rollout gives the workload another controller. */
export interface PodOrigin {
  /** Kind and name. */
  readonly workload: string;
  /** The uid of the controller, such as a ReplicaSet. */
  readonly controller: string;
}

/** Labels in which Knative and the controllers of ReplicaSets record the origin of a Pod. */
const KNATIVE_SERVICE = "serving.knative.dev/service";
const TEMPLATE_HASHES: readonly (readonly [label: string, kind: string])[] = [
  ["pod-template-hash", "Deployment"],
  ["rollouts-pod-template-hash", "Rollout"],
];

/**
 * A CronJob names its Jobs after itself and the minutes since 1970. The Pod of a Job does not show where the Job comes from: a number
 * counts as minutes from mid 2019 to January 2046. So a date such as 20260101 does not.
 */
const JOB_OF_CRON_JOB = /^(.+)-(?:2[6-9]|3\d)\d{6}$/;

/** The Pod's controller, or the workload that creates a new controller for each rollout or run. */
export function workloadOf(metadata: V1Pod["metadata"]): Workload | undefined {
  const service = metadata?.labels?.[KNATIVE_SERVICE];
  const controller = controllerOf(metadata);
  if (controller === undefined) return undefined;
  if (service !== undefined) return { kind: "Knative Service", name: service };
  const { kind, name } = controller;
  if (kind === "ReplicaSet")
    for (const [label, owner] of TEMPLATE_HASHES) {
      const suffix = `-${metadata?.labels?.[label]}`;
      if (name.endsWith(suffix) && name.length > suffix.length)
        return { kind: owner, name: name.slice(0, -suffix.length) };
    }
  const [, cronJob] = kind === "Job" ? (JOB_OF_CRON_JOB.exec(name) ?? []) : [];
  return cronJob === undefined
    ? { kind, name }
    : { kind: "CronJob", name: cronJob };
}

/** The origin of a Pod; undefined for a Pod without a controller. */
export function originOf(metadata: V1Pod["metadata"]): PodOrigin | undefined {
  const workload = workloadOf(metadata);
  const controller = controllerOf(metadata);
  return (
    workload &&
    controller && {
      workload: `${workload.kind} ${workload.name}`,
      controller: controller.uid,
    }
  );
}

/** True for two Pods of one workload that have different controllers: a rollout replaces one by the other. */
export function areOfTwoRollouts(
  one: PodOrigin | undefined,
  other: PodOrigin | undefined,
): boolean {
  return (
    one !== undefined &&
    one.workload === other?.workload &&
    one.controller !== other.controller
  );
}
