import type { V1Pod } from "@kubernetes/client-node";
import {
  TEMPLATE_MAX_SETS,
  TEMPLATE_POOL,
  TEMPLATE_REUSE_KEY,
} from "../contract/keys.ts";
import { countOf, waitsOnMiss } from "../contract/life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";
import { setBoundsOf } from "../contract/set-bounds.ts";
import type { SetBounds } from "../contract/set-bounds.ts";
import { workloadOf } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** A pool of sets of claims in one namespace. */
export interface Pool {
  /** What people call it: the annotation's value, or the workload, such as `Deployment mirror`. */
  readonly name: string;
  /** What distinguishes it from the other pools of the namespace. The hash of it is the label of its claims. */
  readonly identity: string;
}

/** Bounds of a pool that count when a set is handed out. */
export interface PoolLimits extends SetBounds {
  /** True when a Pod waits for the set of its predecessor instead of getting an empty one. */
  readonly wait: boolean;
  readonly maxSets?: number;
}

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
