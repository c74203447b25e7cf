import type { V1Pod } from "@kubernetes/client-node";
import { controllerOf } from "../contract/controller.ts";
import {
  TEMPLATE_MAX_SETS,
  TEMPLATE_POOL,
  TEMPLATE_REUSE_KEY,
} from "../contract/keys.ts";
import { countOf, waitsOnMiss } from "../contract/life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";
import { setBoundsOf } from "../contract/set-bounds.ts";
import type { SetBounds } from "../contract/set-bounds.ts";

/** A pool of sets of claims in one namespace. */
export interface Pool {
  /** What people call it: the annotation's value, or the workload, such as `Deployment mirror`. */
  readonly name: string;
  /** What distinguishes it from the other pools of the namespace. The hash of it is the label of its claims. */
  readonly identity: string;
}

/** The object that people deploy and that Pods come from. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** Bounds of a pool that count when a set is handed out. */
export interface PoolLimits extends SetBounds {
  /** True when a Pod waits for the set of its predecessor instead of getting an empty one. */
  readonly wait: boolean;
  readonly maxSets?: number;
}

/** Labels in which Knative and the controllers of ReplicaSets record the origin of a Pod. */
const KNATIVE_SERVICE = "serving.knative.dev/service";
const TEMPLATE_HASHES: readonly (readonly [label: string, kind: string])[] = [
  ["pod-template-hash", "Deployment"],
  ["rollouts-pod-template-hash", "Rollout"],
];

/** A CronJob names its Jobs after itself and the minute since 1970, which has 8 digits until the year 2160. */
const JOB_OF_CRON_JOB = /^(.+)-\d{8}$/;

/**
 * The pool of a Pod; undefined when the Pod names none and has no controller. Pods with different service accounts have different
 * pools, because a pool decides who may read the data.
 */
export function poolOf(
  { metadata, spec }: V1Pod,
  lifeCycle: LifeCycle,
  workload: Workload | undefined = workloadOf(metadata),
): Pool | undefined {
  const given = lifeCycle[TEMPLATE_POOL];
  const name = given ?? (workload && `${workload.kind} ${workload.name}`);
  if (name === undefined) return undefined;
  return {
    name,
    identity: JSON.stringify([
      given === undefined ? "workload" : "pool",
      name,
      spec?.serviceAccountName || spec?.serviceAccount || "default",
      lifeCycle[TEMPLATE_REUSE_KEY] ?? "",
    ]),
  };
}

/** The bounds in the life cycle that the volumes of a set share. */
export function limitsOf(lifeCycle: LifeCycle): PoolLimits {
  const maxSets = countOf(lifeCycle, TEMPLATE_MAX_SETS);
  return {
    wait: waitsOnMiss(lifeCycle),
    ...(maxSets !== undefined && { maxSets }),
    ...setBoundsOf(lifeCycle),
  };
}

/** The Pod's controller, or the workload that creates a new controller for each rollout or run. */
function workloadOf(metadata: V1Pod["metadata"]): Workload | undefined {
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
