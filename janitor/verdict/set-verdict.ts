import type { V1Pod } from "@kubernetes/client-node";
import { formatDuration } from "../../functions/contract/duration.ts";
import { hasEnded } from "../../functions/contract/finished-pod.ts";
import {
  POOL_LABEL,
  QUARANTINE_ANNOTATION,
  SET_LABEL,
  TEMPLATE_MAX_IDLE,
  TEMPLATE_RETENTION,
  REUSE,
} from "../../functions/contract/keys.ts";
import {
  isLive,
  LEASE_MS,
  leaseIn,
  leaseTimeIn,
} from "../../functions/contract/lease.ts";
import {
  countOf,
  isReused,
  lifeCycleIn,
  waitsOnMiss,
} from "../../functions/contract/life-cycle.ts";
import { printable } from "../../functions/contract/printable.ts";
import {
  passedBound,
  setBoundsOf,
  usesOf,
} from "../../functions/contract/set-bounds.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { setOf } from "./claim-sets.ts";
import type { ClaimSet, ClaimSets } from "./claim-sets.ts";
import { exemptionOf } from "./exemptions.ts";
import { unusedSince } from "./idle.ts";
import { lifeCycleOf } from "./life-cycle.ts";
import { MIN_MARK_AGE_MS } from "./mass-deletion-guard.ts";
import { describeClones } from "./pending-clones.ts";
import type { ClonesBySource } from "./pending-clones.ts";
import { describePods } from "./pod-uses-claim.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";
import { ABOUT_TO_DELETE, isByJanitor } from "./quarantine.ts";
import { keep } from "./reasons.ts";
import type { DeleteReason, Verdict } from "./reasons.ts";
import { protectedBy, stillExpected } from "./unused-claim.ts";
import type { VerdictContext } from "./unused-claim.ts";

/** A namespace as the lists show it, and how it is judged. */
export interface SetContext extends VerdictContext {
  readonly users: PodsByClaim;
  readonly clones: ClonesBySource;
  readonly sets: ClaimSets;
}

/** A set whose leader is there. */
type LedSet = ClaimSet & { readonly leader: ClaimMetadata };

/**
 * The verdict on a claim of a set. Its claims are handed over together, so they stay together, and only the leader gets marks. A set
 * of one claim is deleted like every other: the delete loses against a lease, which changes the claim. Of several claims, the lease is on
 * the leader alone. So one sweep puts the leader into quarantine, which loses against a lease and prevents the next one; a later
 * sweep deletes the others, and one after that the leader. A sweep that decides otherwise first writes so, and a sweep a minute later
 * ends the quarantine: another janitor's delete may be on its way.
 */
export function memberVerdict(
  claim: ClaimMetadata,
  context: SetContext,
): Verdict {
  const set = setOf(claim, context.sets);
  if (!isLed(set)) {
    const label = claim.labels[SET_LABEL];
    return keep(
      "incomplete-set",
      label === undefined
        ? `it is reused, but has no label ${SET_LABEL}, so the set that it belongs to is unknown`
        : `its set has lost its first claim ${printable(label)}`,
    );
  }
  const leads = claim.name === set.name;
  const whole = setVerdict(set, claim, context);
  if (whole.decision === "keep") return whole;
  if (whole.decision === "mark") return leads ? whole : idle(whole, set);
  if (set.members.length === 1) return whole;
  const prepared = quarantineOf(set) === ABOUT_TO_DELETE;
  if (!leads) return prepared ? whole : idle(whole, set);
  return prepared
    ? keep(
        "leads-set",
        `${whole.why}; a later run deletes it, after the other claims of its set`,
      )
    : {
        decision: "mark",
        reason: "set-first-run",
        why: `${whole.why}; in quarantine from now on: a later run deletes the whole set if that is still true then`,
      };
}

function idle({ why }: Verdict, { name }: ClaimSet): Verdict {
  return keep(
    "idle",
    `${why}; the first claim of its set, ${name}, is marked first`,
  );
}

function setVerdict(
  set: LedSet,
  claim: ClaimMetadata,
  context: SetContext,
): Verdict {
  const kept = whatKeeps(set, context);
  if (kept) {
    const { member, verdict } = kept;
    return member.name === claim.name
      ? verdict
      : { ...verdict, why: `claim ${member.name} of its set: ${verdict.why}` };
  }
  const verdict = idleSetVerdict(set, context);
  const quarantine = quarantineOf(set);
  return verdict.decision === "delete" &&
    quarantine !== undefined &&
    !isByJanitor(quarantine)
    ? keep(
        "quarantined",
        `${verdict.why}; somebody else put it into quarantine: ${printable(quarantine)}`,
      )
    : verdict;
}

/** What keeps the whole set, and the claim of it that is the reason. */
function whatKeeps(
  { leader, members }: LedSet,
  context: SetContext,
): { readonly member: ClaimMetadata; readonly verdict: Verdict } | undefined {
  const { clones, now } = context;
  const lease = leaseIn(leader.annotations, now);
  const questions: readonly ((member: ClaimMetadata) => Verdict | undefined)[] =
    [
      (member) => exemptionOf(member) ?? otherRetention(member),
      ({ deletedAt }) =>
        deletedAt === undefined
          ? undefined
          : keep(
              "terminating",
              `deletion requested ${formatDuration(now - deletedAt)} ago`,
            ),
      (member) => {
        const users = podsOf([member], context).filter((pod) => !hasEnded(pod));
        return users.length === 0
          ? undefined
          : keep("in-use", `used by ${describePods(users)}`);
      },
      (member) =>
        member === leader && lease !== undefined && isLive(lease, now)
          ? keep(
              "leased",
              `reserved for a Pod that is being created; its lease ends in ${formatDuration(lease.at + LEASE_MS - now)}`,
            )
          : undefined,
      ({ name }) => {
        const copies = clones.get(name);
        return (
          copies &&
          keep(
            "source-of-clone",
            `the volume of ${describeClones(copies)} is still to be copied from it`,
          )
        );
      },
      (member) => {
        const pods = podsOf([member], context);
        return stillExpected(member, describeUnused(pods), pods, context);
      },
    ];
  for (const question of questions)
    for (const member of members) {
      const verdict = question(member);
      if (verdict) return { member, verdict };
    }
  return undefined;
}

/** A claim that goes with its Pod cannot be in a set that outlives it. */
function otherRetention({ annotations }: ClaimMetadata): Verdict | undefined {
  return isReused(lifeCycleIn(annotations))
    ? undefined
    : keep(
        "contradicting-life-cycle",
        `has the label ${SET_LABEL}, which counts only with ${TEMPLATE_RETENTION}: ${REUSE}`,
      );
}

/** The verdict on a set that nothing but its bounds decides about. */
function idleSetVerdict(set: LedSet, context: SetContext): Verdict {
  const { now } = context;
  const { leader, members } = set;
  const pods = podsOf(members, context);
  const unused = describeUnused(pods);
  const since = idleSince(leader, now);
  const idleTtlMs = idleTtlMsOfSet(members);
  const retained =
    idleTtlMs === undefined
      ? "it is retained for ever"
      : `it is retained for ${formatDuration(idleTtlMs)}`;
  if (since === undefined)
    return {
      decision: "mark",
      reason: "idle-first-run",
      why: `${unused}, idle from now on; ${retained}`,
    };
  const idleFor = `${unused}, idle for ${formatDuration(now - since)}`;
  const doomed = (reason: DeleteReason, why: string): Verdict => ({
    decision: "delete",
    reason,
    why: `${idleFor}; ${why}${protectedBy(pods)}`,
  });
  if (idleTtlMs !== undefined && now - since >= idleTtlMs)
    return doomed(
      "idle-too-long",
      `it was retained for ${formatDuration(idleTtlMs)}`,
    );
  const over = overBound(set, since, context);
  if (!over) return keep("idle", `${idleFor}; ${retained}`);
  // Two runs that overlap must not count as two.
  return now - since < MIN_MARK_AGE_MS
    ? keep(
        "marked-just-now",
        `${idleFor}; ${over.why}; a run ${formatDuration(MIN_MARK_AGE_MS)} or more after the mark deletes it`,
      )
    : doomed(over.reason, over.why);
}

/** The bound that an idle set is over. Those of a pool whose Pods wait for their predecessors' data delete nothing. */
function overBound(
  set: LedSet,
  since: number,
  context: SetContext,
): { readonly reason: DeleteReason; readonly why: string } | undefined {
  const { leader, members } = set;
  if (members.some(({ annotations }) => waitsOnMiss(lifeCycleIn(annotations))))
    return undefined;
  const lifeCycle = lifeCycleIn(leader.annotations);
  const passed = passedBound(
    setBoundsOf(lifeCycle),
    context.now - leader.createdAt,
    usesOf(leader.annotations),
  );
  if (passed) return { ...passed, why: `it ${passed.why}` };
  const maxIdle = countOf(lifeCycle, TEMPLATE_MAX_IDLE);
  return maxIdle !== undefined && hasIdleAfter(set, since, maxIdle, context)
    ? {
        reason: "max-idle",
        why: `${maxIdle} sets of its pool have been idle for less long, max-idle is ${maxIdle}`,
      }
    : undefined;
}

/** True when at least `count` other sets of the pool are idle and have been so for less long. */
function hasIdleAfter(
  { name, leader }: LedSet,
  since: number,
  count: number,
  context: SetContext,
): boolean {
  const pool = leader.labels[POOL_LABEL];
  if (pool === undefined) return false;
  const sets = context.sets.byPool.get(pool) ?? [];
  let missing = count;
  for (const other of sets.length > count ? sets : []) {
    if (missing === 0) break;
    if (!isLed(other) || other.name === name) continue;
    const otherSince = idleSince(other.leader, context.now) ?? Infinity;
    const isAfter =
      otherSince > since || (otherSince === since && other.name > name);
    if (
      isAfter &&
      quarantineOf(other) === undefined &&
      whatKeeps(other, context) === undefined
    )
      missing -= 1;
  }
  return sets.length > count && missing === 0;
}

/** Since when sweeps have found no Pod. A lease that is younger than the mark ends that time, also when no sweep saw its Pod. */
function idleSince(leader: ClaimMetadata, now: number): number | undefined {
  const since = unusedSince(leader, now);
  const leasedAt =
    leaseTimeIn(leader.annotations) ?? leaseIn(leader.annotations, now)?.at;
  return since !== undefined && leasedAt !== undefined && leasedAt > since
    ? undefined
    : since;
}

/** The longest of its claims; undefined for ever. */
function idleTtlMsOfSet(members: readonly ClaimMetadata[]): number | undefined {
  let longest = 0;
  for (const member of members) {
    const { idleTtlMs } = lifeCycleOf(member);
    if (idleTtlMs === undefined) return undefined;
    longest = Math.max(longest, idleTtlMs);
  }
  return longest;
}

function isLed(set: ClaimSet | undefined): set is LedSet {
  return set?.leader !== undefined;
}

function quarantineOf({ leader }: LedSet): string | undefined {
  return leader.annotations[QUARANTINE_ANNOTATION];
}

function podsOf(
  members: readonly ClaimMetadata[],
  { users }: SetContext,
): readonly V1Pod[] {
  return [...new Set(members.flatMap(({ name }) => users.get(name) ?? []))];
}

function describeUnused(pods: readonly V1Pod[]): string {
  return pods.length === 0
    ? "no Pod names it"
    : `named by finished ${describePods(pods)} only`;
}
