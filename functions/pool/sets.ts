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
import { passedBound, usesOf } from "../contract/set-bounds.ts";
import type { ClaimSpec } from "../template/template.ts";
import type { ClaimUsers } from "./claim-users.ts";
import { growthOf } from "./growth.ts";
import { excludesVolume, volumeTermsIn } from "./node-affinity.ts";
import type { NodeConstraints } from "./node-affinity.ts";
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

export type SetState = "used" | "leaving" | "in-flight" | "free" | "unfit";

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
  /** True when the lease runs, although its Pod was stored and is terminating: nobody needs it any more. */
  readonly isLeaseSpent: boolean;
  /** True when the Pod that uses it is of another rollout of the same workload: that Pod may be about to be deleted. */
  readonly mayLeaveSoon: boolean;
  /** True when a person holds one of its claims. */
  readonly isHeld: boolean;
  /** True when none of its claims ever had a volume: it has no data. */
  readonly isEmpty: boolean;
  /** True when it is empty, or no Pod was ever seen with it: its Pods were rejected after admission. */
  readonly isFresh: boolean;
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
  readonly nodes: NodeConstraints;
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
  const bySet = new Map<string, V1PersistentVolumeClaim[]>();
  for (const claim of lists.claims) {
    const set = claim.metadata?.labels?.[SET_LABEL];
    if (set !== undefined) bySet.set(set, [...(bySet.get(set) ?? []), claim]);
  }
  return [...bySet].flatMap(([name, claims]) =>
    isHeld(claims) ? [] : [setWithState(name, claims, lists, wanted, leaseMs)],
  );
}

/**
 * Judges the set of this name, also when it is held, for a Pod that names one of its claims already: the Pod takes the set as it is.
 * Returns undefined when none of its claims is in the list.
 */
export function judgeNamedSet(
  name: string,
  lists: PoolLists,
  leaseMs: number = LEASE_MS,
): PoolSet | undefined {
  const claims = lists.claims.filter(
    ({ metadata }) => metadata?.labels?.[SET_LABEL] === name,
  );
  if (claims.length === 0) return undefined;
  return setWithState(name, claims, lists, undefined, leaseMs);
}

/** A person sets a hold to look into a claim or to copy from it. */
function isHeld(claims: readonly V1PersistentVolumeClaim[]): boolean {
  return claims.some(({ metadata }) => metadata && heldBy(metadata));
}

/** The set as a Pod that wants `wanted` sees it. Without `wanted` it judges only what matters to every Pod. */
function setWithState(
  name: string,
  claims: readonly V1PersistentVolumeClaim[],
  { now, users }: PoolLists,
  wanted: WantedSet | undefined,
  leaseMs: number,
): PoolSet {
  const leader = claims.find(({ metadata }) => metadata?.name === name);
  const annotations = leader?.metadata?.annotations;
  const lease = leaseIn(annotations, now);
  const names = claims.map(({ metadata }) => metadata?.name ?? "");
  const ends = names.flatMap((claim) => users.endedAt.get(claim) ?? []);
  const isEmpty = claims.every(neverBound);
  const set = {
    name,
    leader,
    members: new Map(claims.map((claim) => [volumeOf(claim), claim])),
    lease,
    isLeaseSpent: false,
    mayLeaveSoon: false,
    isHeld: isHeld(claims),
    isEmpty,
    isFresh: isEmpty || hadNoPod(claims),
    mustGrow: claims.some((claim) => {
      const spec = wanted?.volumes.get(volumeOf(claim));
      return spec !== undefined && growthOf(claim, spec) !== undefined;
    }),
    uses: usesOf(annotations),
    endedAt: ends.length === 0 ? undefined : Math.max(...ends),
    unusedSince: timeOf(annotations?.[UNUSED_SINCE_ANNOTATION]),
  };
  const usedBy = names.flatMap((claim) => users.byClaim.get(claim) ?? []);
  const user = usedBy.find(({ leaving }) => !leaving) ?? usedBy[0];
  if (user)
    return {
      ...set,
      // A lease is given only while no Pod uses the set, and one that has finished may use it again when it is deleted.
      isLeaseSpent:
        user.leaving &&
        !usedBy.some(({ finished }) => finished) &&
        isLive(lease, now, leaseMs),
      mayLeaveSoon:
        !user.leaving && areOfTwoRollouts(user.origin, wanted?.origin),
      state: user.leaving ? "leaving" : "used",
      reason: user.leaving ? "leaving" : "used",
      why: `is used by Pod ${quoted(user.name)}, which ${user.why}`,
    };
  if (lease && isLive(lease, now, leaseMs))
    return {
      ...set,
      state: "in-flight",
      reason: "in-flight",
      why: `is reserved for a Pod that is being created; its lease ends in ${formatDuration(lease.at + leaseMs - now)}`,
    };
  const unfit = leader
    ? (whyForNobody(claims, leader) ??
      (wanted && whyNotFor(wanted, set, leader, now)))
    : ({ reason: "member-missing", why: "has lost its first claim" } as const);
  if (unfit) return { ...set, state: "unfit", ...unfit };
  return set.isFresh
    ? { ...set, state: "free", reason: "fresh", why: "was never used" }
    : { ...set, state: "free", reason: "free", why: "is free" };
}

/** Name of the volume for which the claim was created. */
function volumeOf({ metadata }: V1PersistentVolumeClaim): string {
  return metadata?.labels?.[TEMPLATE_NAME] ?? "";
}

interface Unfit {
  readonly reason: SetReason;
  readonly why: string;
}

/** Why the set is of no use for what a Pod wants. */
function whyNotFor(
  { limits, nodes, volumes }: WantedSet,
  { members, uses }: Pick<PoolSet, "members" | "uses">,
  leader: V1PersistentVolumeClaim,
  now: number,
): Unfit | undefined {
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
    const problem = member && shapeProblem(member, spec);
    if (problem) return problem;
  }
  const age = now - (timeOf(leader.metadata?.creationTimestamp) ?? now);
  const passed = passedBound(limits, age, uses);
  if (passed) return passed;
  if (limits.wait && mayBeGivenUp(leader))
    return {
      reason: "on-miss",
      why: `was made with ${TEMPLATE_ON_MISS}: ${CREATE}, so the janitor may delete it, and a Pod with ${TEMPLATE_ON_MISS}: ${WAIT} does not take it`,
    };
  if (
    volumeTermsIn(
      leader.metadata?.annotations?.[NODE_AFFINITY_ANNOTATION],
    ).some((terms) => excludesVolume(nodes, terms))
  )
    return {
      reason: "node",
      why: "has a volume on nodes that the Pod's nodeSelector or node affinity excludes",
    };
  return undefined;
}

/** Why no Pod can use the set, whatever it wants. */
function whyForNobody(
  claims: readonly V1PersistentVolumeClaim[],
  leader: V1PersistentVolumeClaim,
): Unfit | undefined {
  for (const { metadata, status } of claims) {
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
  }
  const quarantine = leader.metadata?.annotations?.[QUARANTINE_ANNOTATION];
  return quarantine === undefined
    ? undefined
    : { reason: "quarantine", why: `is in quarantine: ${quarantine}` };
}

function shapeProblem(
  claim: V1PersistentVolumeClaim,
  wanted: ClaimSpec,
): Unfit | undefined {
  const { metadata, spec, status } = claim;
  const name = quoted(metadata?.name ?? "");
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

/**
 * True when no Pod was ever seen with the claims of a set: its Pods were rejected after admission. How often it was handed out says
 * nothing: the controller creates a Pod that a quota rejects again and again. If a Pod came and went between two sweeps of the janitor,
 * the claim has the node that the scheduler chose for it. A claim that no request made came into the pool with its data.
 */
function hadNoPod(claims: readonly V1PersistentVolumeClaim[]): boolean {
  return claims.every(
    ({ metadata }) =>
      metadata?.annotations?.[REQUEST_UID_ANNOTATION] !== undefined &&
      metadata?.annotations?.[USED_AS_ANNOTATION] !== metadata?.uid &&
      metadata?.annotations?.[SELECTED_NODE_ANNOTATION] === undefined &&
      !hadPod(metadata.annotations),
  );
}

function timeOf(value: unknown): number | undefined {
  const time = Date.parse(
    value instanceof Date ? value.toISOString() : String(value),
  );
  return Number.isNaN(time) ? undefined : time;
}
