import { printable } from "../contract/printable.ts";
import { judgeSets } from "../pool/sets.ts";
import type { PoolSet, WantedSet } from "../pool/sets.ts";
import type { SharedLists } from "./lists.ts";

/** The sets as listed, corrected by what this instance and this request know in addition. */
export function setsIn(
  lists: SharedLists,
  wanted: WantedSet,
  leaseMs: number,
  unable: ReadonlyMap<string, string> = new Map(),
): PoolSet[] {
  return judged(lists, wanted, leaseMs).map((set) => {
    // Of an unfit set, too: a Pod that names a part of it may have reserved it.
    if (set.state !== "free" && set.state !== "unfit") return set;
    const cannotGrow = unable.get(set.name);
    if (set.state === "free" && cannotGrow !== undefined)
      return {
        ...set,
        state: "unfit",
        reason: "cannot-grow",
        why: `is smaller than the template asks, and cannot grow: ${printable(cannotGrow)}`,
      };
    if (!lists.tried.has(set.name)) return set;
    const requestUid = lists.tried.get(set.name);
    return {
      ...set,
      state: "in-flight",
      reason: "in-flight",
      why: "was just reserved for another Pod",
      // A second delivery of that request finds its set, although the lists are older than the lease.
      lease:
        requestUid === undefined ? undefined : { requestUid, at: lists.now },
    };
  });
}

/** The Pods of one template that share the lists would all judge in the same way: the first one does it for the others. */
function judged(
  lists: SharedLists,
  wanted: WantedSet,
  leaseMs: number,
): readonly PoolSet[] {
  const key = judgementKey(wanted);
  const sets = lists.judged.get(key) ?? judgeSets(lists, wanted, leaseMs);
  lists.judged.set(key, sets);
  return sets;
}

/**
 * The same text for Pods that judge in the same way. Only a Pod that waits looks at its origin: Jobs that share a pool share the
 * judgement, although each has another uid.
 */
function judgementKey(wanted: WantedSet): string {
  return JSON.stringify({
    ...wanted,
    volumes: [...wanted.volumes],
    origin: wanted.limits.wait ? wanted.origin : undefined,
  });
}
