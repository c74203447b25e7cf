import { TEMPLATE_IDLE_TTL } from "../contract/keys.ts";
import {
  goesWithPod,
  isReused,
  lifeCycleContradictions,
  REUSE_KEYS,
  SET_KEYS,
} from "../contract/life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";

/** The life cycle of one volume: each key of its template replaces that of the Pod. */
export function mergeLifeCycles(pod: LifeCycle, own: LifeCycle): LifeCycle {
  const merged = { ...pod, ...own };
  // A key of the Pod applies only to those of its volumes for which it can count.
  const drop = [
    ...(goesWithPod(merged) ? [TEMPLATE_IDLE_TTL] : []),
    ...(isReused(merged) ? [] : REUSE_KEYS),
  ];
  for (const key of drop) if (own[key] === undefined) delete merged[key];
  return merged;
}

/** Contradictions between the keys of the Pod and those of its volumes (`own`): the detail for each key of the Pod. */
export function contradictionsOfPod(
  pod: LifeCycle,
  own: readonly LifeCycle[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const ofPod = lifeCycleContradictions(pod);
  const unmerged = own.map((one) =>
    lifeCycleContradictions({ ...pod, ...one }),
  );
  const merged = own.map((one) =>
    lifeCycleContradictions(mergeLifeCycles(pod, one)),
  );
  for (const key of Object.keys(pod)) {
    const ofEvery =
      own.length > 0 && unmerged.every((each) => each.has(key))
        ? ofPod.get(key)
        : undefined;
    const ofOne = own.flatMap((one, index) =>
      one[key] === undefined ? (merged[index]?.get(key) ?? []) : [],
    )[0];
    const detail = ofEvery ?? ofOne;
    if (detail !== undefined) found.set(key, detail);
  }
  return found;
}

/** Keys of the set that differ between volumes with `Reuse`, each with its different values. `lifeCycles` are the merged ones of all volumes. */
export function disagreements(
  lifeCycles: readonly LifeCycle[],
): [key: string, values: readonly (string | undefined)[]][] {
  const reused = lifeCycles.filter(isReused);
  return SET_KEYS.flatMap((key) => {
    const values = [...new Set(reused.map(({ [key]: value }) => value))];
    return values.length > 1 ? [[key, values]] : [];
  });
}
