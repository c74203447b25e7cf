import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { formatDuration } from "../contract/duration.ts";
import {
  CREATE,
  NODE_AFFINITY_ANNOTATION,
  QUARANTINE_ANNOTATION,
  REQUEST_UID_ANNOTATION,
  SELECTED_NODE_ANNOTATION,
  SET_LABEL,
  TEMPLATE_NAME,
  TEMPLATE_ON_MISS,
  UNUSED_SINCE_ANNOTATION,
  USED_AS_ANNOTATION,
  WAIT,
} from "../contract/keys.ts";
import { heldBy } from "../contract/hold.ts";
import { hadPod, isLive, LEASE_MS, leaseIn } from "../contract/lease.ts";
import type { Lease } from "../contract/lease.ts";
import { lifeCycleIn, waitsOnMiss } from "../contract/life-cycle.ts";
import { quoted } from "../contract/printable.ts";
import { parseQuantity } from "../contract/quantity.ts";
import { passedBound, usesOf } from "../contract/set-bounds.ts";
import type { ClaimSpec } from "../template/template.ts";
import type { ClaimUsers } from "./claim-users.ts";
import { excludesVolume, volumeTermsIn } from "./node-affinity.ts";
import type { NodeChoice } from "./node-affinity.ts";
import type { PoolLimits } from "./pool.ts";
import { areOfTwoRollouts } from "./workload.ts";
import type { PodOrigin } from "./workload.ts";

/** Why a set can or cannot be handed out. The metrics use these words. */
export type SetReason =
  | "used"
  | "leaving"
  | "in-flight"
  | "free"
  | "fresh"
  | "member-missing"
  | "terminating"
  | "lost"
  | "not-bound"
  | "storage-class"
  | "access-modes"
  | "volume-mode"
  | "cannot-grow"
  | "quarantine"
  | "max-age"
  | "max-uses"
  | "on-miss"
  | "node";

export type SetState = "used" | "leaving" | "in-flight" | "free" | "unsuitable";

/** All `Reuse` claims of one Pod, which are handed over together. */
export interface PoolSet {
  /** The claim that carries the lease; undefined when it is gone. */
  readonly leader: V1PersistentVolumeClaim | undefined;
  readonly name: string;
  readonly state: SetState;
  readonly reason: SetReason;
  /** The rest of a sentence that begins with the set's name. */
  readonly why: string;
  /** Its claims, by the volume for which each was created. */
  readonly members: ReadonlyMap<string, V1PersistentVolumeClaim>;
  readonly lease: Lease | undefined;
  /** True when the lease runs, and its Pod was stored and is terminating: nobody else can have the set until that Pod is gone. */
  readonly isPromiseKept: boolean;
  /** True when the Pod that uses it is of another rollout of the same workload: that Pod may be about to be deleted. */
  readonly mayLeaveSoon: boolean;
  /** True when none of its claims ever had a volume: it has no data. */
  readonly isEmpty: boolean;
  /** True when a claim is smaller than its template asks. */
  readonly mustGrow: boolean;
  readonly uses: number;
  /** When the last Pod with it ended, or when the janitor first saw it unused; milliseconds since the epoch. */
  readonly endedAt: number | undefined;
  readonly unusedSince: number | undefined;
}

/** What a Pod needs from a set. */
export interface WantedSet {
  /** The claim of each volume as its template describes it. */
  readonly volumes: ReadonlyMap<string, ClaimSpec>;
  readonly limits: PoolLimits;
  readonly nodes: NodeChoice;
  /** Undefined for a Pod without a controller. */
  readonly origin: PodOrigin | undefined;
}

/** What the API server listed for a pool: first the claims, then the Pods. */
export interface PoolLists {
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly users: ClaimUsers;
  /** When the claims were listed, by the API server's clock. The Pod of a lease that has ended by then is in the list of Pods. */
  readonly now: number;
}

/** Judges each set of a pool for a Pod. Leaves out held sets: they do not belong to the pool for now. */
export function judgeSets(
  lists: PoolLists,
  wanted: WantedSet,
  leaseMs: number = LEASE_MS,
): PoolSet[] {
  const { claims } = lists;
  const bySet = new Map<string, V1PersistentVolumeClaim[]>();
  for (const claim of claims) {
    const set = claim.metadata?.labels?.[SET_LABEL];
    if (set !== undefined) bySet.set(set, [...(bySet.get(set) ?? []), claim]);
  }
  return [...bySet].flatMap(([name, members]) => {
    // A person sets a hold to look into a claim or to copy from it.
    if (members.some(({ metadata }) => metadata && heldBy(metadata))) return [];
    const leader = members.find(({ metadata }) => metadata?.name === name);
    return [setWithState(name, leader, members, lists, wanted, leaseMs)];
  });
}

function setWithState(
  name: string,
  leader: V1PersistentVolumeClaim | undefined,
  claims: readonly V1PersistentVolumeClaim[],
  { now, users }: PoolLists,
  wanted: WantedSet,
  leaseMs: number,
): PoolSet {
  const annotations = leader?.metadata?.annotations;
  const lease = leaseIn(annotations, now);
  const names = claims.map(({ metadata }) => metadata?.name ?? "");
  const ends = names.flatMap((claim) => users.endedAt.get(claim) ?? []);
  const set = {
    name,
    leader,
    members: new Map(claims.map((claim) => [volumeOf(claim), claim])),
    lease,
    isPromiseKept: false,
    mayLeaveSoon: false,
    isEmpty: claims.every(neverBound),
    mustGrow: claims.some((claim) => {
      const spec = wanted.volumes.get(volumeOf(claim));
      return spec !== undefined && growthOf(claim, spec) !== undefined;
    }),
    uses: usesOf(annotations),
    endedAt: ends.length === 0 ? undefined : Math.max(...ends),
    unusedSince: timeOf(annotations?.[UNUSED_SINCE_ANNOTATION]),
  };
  const holders = names.flatMap((claim) => users.byClaim.get(claim) ?? []);
  const holder = holders.find(({ leaving }) => !leaving) ?? holders[0];
  if (holder)
    return {
      ...set,
      // A lease is given only while no Pod holds the set, and one that has finished may hold it again when it is deleted.
      isPromiseKept:
        holder.leaving &&
        !holders.some(({ finished }) => finished) &&
        isLive(lease, now, leaseMs),
      mayLeaveSoon:
        !holder.leaving && areOfTwoRollouts(holder.origin, wanted.origin),
      state: holder.leaving ? "leaving" : "used",
      reason: holder.leaving ? "leaving" : "used",
      why: `is used by Pod ${quoted(holder.name)}, which ${holder.why}`,
    };
  if (lease && isLive(lease, now, leaseMs))
    return {
      ...set,
      state: "in-flight",
      reason: "in-flight",
      why: `is promised to a Pod that is being created; the promise ends in ${formatDuration(lease.at + leaseMs - now)}`,
    };
  const unsuitable = leader
    ? whyUnsuitable(set, leader, now, wanted)
    : ({ reason: "member-missing", why: `has lost its first claim` } as const);
  if (unsuitable) return { ...set, state: "unsuitable", ...unsuitable };
  return isFresh(set)
    ? { ...set, state: "free", reason: "fresh", why: "was never used" }
    : { ...set, state: "free", reason: "free", why: "is free" };
}

/** Name of the volume for which the claim was created. */
function volumeOf({ metadata }: V1PersistentVolumeClaim): string {
  return metadata?.labels?.[TEMPLATE_NAME] ?? "";
}

interface Unsuitable {
  readonly reason: SetReason;
  readonly why: string;
}

function whyUnsuitable(
  { members, uses }: Pick<PoolSet, "members" | "uses">,
  leader: V1PersistentVolumeClaim,
  now: number,
  { limits, nodes, volumes }: WantedSet,
): Unsuitable | undefined {
  for (const volume of volumes.keys())
    if (!members.has(volume))
      return {
        reason: "member-missing",
        why: `has no claim for volume ${quoted(volume)}`,
      };
  for (const volume of members.keys())
    if (!volumes.has(volume))
      return {
        reason: "member-missing",
        why: `has a claim for volume ${quoted(volume)}, which the Pod does not have`,
      };
  for (const [volume, spec] of volumes) {
    const member = members.get(volume);
    const problem = member && memberProblem(member, spec);
    if (problem) return problem;
  }
  const annotations = leader.metadata?.annotations ?? {};
  const quarantine = annotations[QUARANTINE_ANNOTATION];
  if (quarantine !== undefined)
    return { reason: "quarantine", why: `is in quarantine: ${quarantine}` };
  const age = now - (timeOf(leader.metadata?.creationTimestamp) ?? now);
  const passed = passedBound(limits, age, uses);
  if (passed) return passed;
  if (limits.wait && mayBeGivenUp(leader))
    return {
      reason: "on-miss",
      why: `was made with ${TEMPLATE_ON_MISS}: ${CREATE}, so the janitor may delete it, and a Pod with ${TEMPLATE_ON_MISS}: ${WAIT} does not take it`,
    };
  if (
    volumeTermsIn(annotations[NODE_AFFINITY_ANNOTATION]).some((terms) =>
      excludesVolume(nodes, terms),
    )
  )
    return {
      reason: "node",
      why: "has a volume on nodes that the Pod's nodeSelector or node affinity excludes",
    };
  return undefined;
}

function memberProblem(
  claim: V1PersistentVolumeClaim,
  wanted: ClaimSpec,
): Unsuitable | undefined {
  const { metadata, spec, status } = claim;
  const name = quoted(metadata?.name ?? "");
  if (metadata?.deletionTimestamp !== undefined)
    return {
      reason: "terminating",
      why: `has claim ${name}, which is being deleted`,
    };
  if (status?.phase === "Lost")
    return {
      reason: "lost",
      why: `has claim ${name}, whose volume is gone (phase Lost)`,
    };
  const className = wanted.storageClassName;
  // A template without a class accepts any: the cluster's default may have changed since the claim was created.
  if (className !== undefined && className !== (spec?.storageClassName ?? ""))
    return {
      reason: "storage-class",
      why: `has claim ${name} of storage class ${quoted(spec?.storageClassName ?? "")}, and the template asks for ${quoted(className)}`,
    };
  const modes = [...(spec?.accessModes ?? [])].toSorted().join(", ");
  const wantedModes = [...wanted.accessModes].toSorted().join(", ");
  if (modes !== wantedModes)
    return {
      reason: "access-modes",
      why: `has claim ${name} with access modes ${modes}, and the template asks for ${wantedModes}`,
    };
  const mode = spec?.volumeMode ?? "Filesystem";
  const wantedMode = wanted.volumeMode ?? "Filesystem";
  if (mode !== wantedMode)
    return {
      reason: "volume-mode",
      why: `has claim ${name} with volumeMode ${mode}, and the template asks for ${wantedMode}`,
    };
  const isUsed = metadata?.annotations?.[USED_AS_ANNOTATION] === metadata?.uid;
  if (neverBound(claim))
    return growthOf(claim, wanted) === undefined
      ? undefined
      : {
          reason: "cannot-grow",
          why: `has claim ${name}, which is smaller than the template asks, and cannot grow before it has a volume`,
        };
  if (status?.phase !== "Bound" && isUsed)
    return {
      reason: "not-bound",
      why: `has claim ${name}, which was used and is not bound any more`,
    };
  return undefined;
}

/** True for a claim that has no volume yet. The control plane never takes a volume away from a claim: one whose volume is gone is Lost. */
function neverBound({ spec, status }: V1PersistentVolumeClaim): boolean {
  return !spec?.volumeName && status?.phase === "Pending";
}

/** True for a leader whose set the janitor deletes when it is idle for long, or over a bound. It deletes no claim that no request made. */
function mayBeGivenUp({ metadata }: V1PersistentVolumeClaim): boolean {
  const annotations = metadata?.annotations ?? {};
  return (
    annotations[REQUEST_UID_ANNOTATION] !== undefined &&
    !waitsOnMiss(lifeCycleIn(annotations))
  );
}

/** The size to which a claim of the set must grow, because its template asks for more; undefined when it is large enough. */
export function growthOf(
  claim: V1PersistentVolumeClaim | undefined,
  wanted: ClaimSpec,
): string | undefined {
  const { storage } = wanted.resources.requests;
  const has = parseQuantity(
    claim?.spec?.resources?.requests?.["storage"] ?? "0",
  );
  return (parseQuantity(storage) ?? 0) > (has ?? 0) ? storage : undefined;
}

/**
 * True when no Pod was ever seen with the set, or it never had a volume, so that it is empty: its Pods were rejected after admission. The number of uses says
 * nothing, since a Pod that a quota rejects is created again and again. If a Pod came and went between two sweeps of the janitor, the
 * claim has the node that the scheduler chose for it. A claim that no request made came into the pool with its data.
 */
function isFresh({
  isEmpty,
  members,
}: Pick<PoolSet, "isEmpty" | "members">): boolean {
  return (
    isEmpty ||
    [...members.values()].every(
      ({ metadata }) =>
        metadata?.annotations?.[REQUEST_UID_ANNOTATION] !== undefined &&
        metadata?.annotations?.[USED_AS_ANNOTATION] !== metadata?.uid &&
        metadata?.annotations?.[SELECTED_NODE_ANNOTATION] === undefined &&
        !hadPod(metadata.annotations),
    )
  );
}

function timeOf(value: unknown): number | undefined {
  const time = Date.parse(
    value instanceof Date ? value.toISOString() : String(value),
  );
  return Number.isNaN(time) ? undefined : time;
}
