import {
  ApiStatusError,
  ApiUnreachableError,
  NotSentError,
} from "../../functions/kubernetes/api-server.ts";
import { markedFor } from "../verdict/claim-sets.ts";
import type { ClaimSets } from "../verdict/claim-sets.ts";
import { guardedVerdict } from "../verdict/mass-deletion-guard.ts";
import { ABOUT_TO_DELETE } from "../verdict/quarantine.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import {
  changedMeanwhile,
  GONE_ALREADY,
  INTERRUPTED,
  TOOK_ITS_PLACE,
} from "./outcome.ts";
import type { Decision } from "./outcome.ts";
import type { ClonesBySource } from "../verdict/pending-clones.ts";
import type { FreshPods } from "./fresh-pods.ts";
import type { SweepContext } from "./sweep-context.ts";
import { verdict } from "../verdict/verdict.ts";

/** The next observation shows whether that delete has changed the claim, or somebody else. */
const ANSWER_LOST = "the answer to an earlier delete was lost";

/** A claim that the first lists show as unused. */
export interface Candidate {
  readonly claim: ClaimMetadata;
  readonly tries: number;
  /** A delete was sent and its answer lost: if the claim is gone now, the janitor deleted it. */
  readonly sent?: Decision;
}

/** What came of one try: a decision, or the error that prevented one. `sent` is set when the delete may have worked anyway. */
export interface Attempt {
  readonly candidate: Candidate;
  readonly result:
    Decision | { readonly error: unknown; readonly sent?: Decision };
}

/** The namespace as the newest lists show it. */
export interface Observation {
  /** All claims, by name. */
  readonly claims: ReadonlyMap<string, ClaimMetadata>;
  readonly clones: ClonesBySource;
  readonly sets: ClaimSets;
  readonly pods: FreshPods;
  readonly guarded: boolean;
}

/**
 * Judges a candidate again by the newest lists, and deletes exactly the version of it that was judged. It gives "stale" when the list of
 * Pods had grown too old before the delete could be sent: nothing was done.
 */
export async function recheckAndDelete(
  candidate: Candidate,
  { claims, clones, sets, pods, guarded }: Observation,
  sweep: SweepContext,
): Promise<Attempt["result"] | "stale"> {
  const { sent } = candidate;
  const claim = claims.get(candidate.claim.name);
  const same = claim?.uid === candidate.claim.uid;
  if (sent && (!same || claim.deletedAt !== undefined)) {
    sweep.events.push(
      recordDeletion(candidate.claim, sent.why, sweep.context.now, sweep),
    );
    return sent;
  }
  if (!claim) return GONE_ALREADY;
  if (!same) {
    return changedMeanwhile(TOOK_ITS_PLACE);
  }
  const first = verdict(claim, pods.users, sweep.context, clones, sets);
  const marked = markedFor(claim, sets);
  const second = guarded
    ? guardedVerdict(marked, first, sweep.context.now)
    : first;
  if (second.decision === "mark")
    return changedMeanwhile(
      "its mark is not what it was when the list was taken",
    );
  if (second.decision === "keep" || sweep.options.dryRun) return second;
  if (sweep.signal.aborted) return INTERRUPTED;
  let mayBeDeleted = false;
  try {
    // The lease is on the leader. Writing again what is there changes nothing, and fails when the leader has changed since the list.
    // The delete may be slow. Whoever ends the quarantine after this check keeps the set out of the pool until the delete is over.
    if (
      marked !== claim &&
      (await sweep.cluster.patchClaim(marked, {
        quarantine: ABOUT_TO_DELETE,
      })) !== "done"
    )
      return changedMeanwhile(
        "the first claim of its set changed between the re-check and the delete",
      );
    mayBeDeleted = true;
    const { outcome, at } = await sweep.cluster.deleteClaim(
      claim,
      pods.isFresh,
    );
    if (outcome === "changed-meanwhile")
      return sent
        ? { error: new ApiUnreachableError(ANSWER_LOST), sent }
        : changedMeanwhile(
            "it changed between the re-check and the delete, so the API server rejected the delete",
          );
    if (outcome === "gone-already" && !sent) return GONE_ALREADY;
    sweep.events.push(
      recordDeletion(claim, second.why, at ?? sweep.context.now, sweep),
    );
    return second;
  } catch (error) {
    if (error instanceof NotSentError) return "stale";
    const rejected = error instanceof ApiStatusError && error.status < 500;
    return { error, ...(mayBeDeleted && !rejected && { sent: second }) };
  }
}

/** Writes the Event. A lost Event is only counted: the claim is gone, which matters more. */
async function recordDeletion(
  claim: ClaimMetadata,
  why: string,
  at: number,
  sweep: SweepContext,
): Promise<void> {
  sweep.progress.claimDeleted();
  try {
    await sweep.cluster.recordDeletion(claim, why, at);
  } catch {
    sweep.counts.lostEvents += 1;
  }
}
