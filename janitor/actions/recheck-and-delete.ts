import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import { bulkVerdict } from "../verdict/mass-deletion-guard.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { changedMeanwhile, GONE_ALREADY, INTERRUPTED } from "./outcome.ts";
import type { Decision } from "./outcome.ts";
import type { ClonesBySource } from "../verdict/pending-clones.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { Run } from "./sweep-context.ts";
import { verdict } from "../verdict/verdict.ts";

/** A claim that a first look found unused. */
export interface Candidate {
  readonly claim: ClaimMetadata;
  readonly tries: number;
  /** A delete of it was sent and the answer lost: if the claim goes now, it goes by us. */
  readonly sent?: Decision;
}

/** What came of one try: a decision, or the error that prevented one. `sent` is there when it may have worked all the same. */
export interface Attempt {
  readonly candidate: Candidate;
  readonly result:
    Decision | { readonly error: unknown; readonly sent?: Decision };
}

/** The namespace as it is now. */
export interface Look {
  /** All claims, by name. */
  readonly claims: ReadonlyMap<string, ClaimMetadata>;
  readonly clones: ClonesBySource;
  readonly users: PodsByClaim;
  readonly bulk: boolean;
  /** Takes in the Events that are on their way: no further delete waits for them. */
  readonly events: Promise<void>[];
}

/** Judges a candidate once more by what is there now, and deletes exactly the version of it that was judged. */
export async function deleteAfterLook(
  candidate: Candidate,
  { claims, clones, users, bulk, events }: Look,
  run: Run,
): Promise<Attempt["result"]> {
  const { sent } = candidate;
  const claim = claims.get(candidate.claim.name);
  const same = claim?.uid === candidate.claim.uid;
  if (sent && (!same || claim.deletedAt !== undefined)) {
    events.push(
      recordDeletion(candidate.claim, sent.why, run.context.now, run),
    );
    return sent;
  }
  if (!claim) return GONE_ALREADY;
  if (!same) {
    return changedMeanwhile("another claim of the same name took its place");
  }
  const first = verdict(claim, users, run.context, clones);
  const second = bulk ? bulkVerdict(claim, first, run.context.now) : first;
  if (second.decision === "mark")
    return changedMeanwhile(
      "its mark is not what it was when the list was taken",
    );
  if (second.decision === "keep" || run.options.dryRun) return second;
  if (run.signal.aborted) return INTERRUPTED;
  try {
    const { outcome, at } = await run.cluster.deleteClaim(claim);
    if (outcome === "gone-already") return GONE_ALREADY;
    if (outcome === "changed-meanwhile") {
      return changedMeanwhile(
        "it changed between the last look and the delete, which the API server therefore refused",
      );
    }
    events.push(recordDeletion(claim, second.why, at ?? run.context.now, run));
    return second;
  } catch (error) {
    const refused = error instanceof ApiStatusError && error.status < 500;
    return { error, ...(!refused && { sent: second }) };
  }
}

/** The claim is gone, which is what counts: a lost Event is counted, no more. */
async function recordDeletion(
  claim: ClaimMetadata,
  why: string,
  at: number,
  run: Run,
): Promise<void> {
  run.progress.claimDeleted();
  try {
    await run.cluster.recordDeletion(claim, why, at);
  } catch {
    run.counts.lostEvents += 1;
  }
}
