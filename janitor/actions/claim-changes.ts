import { errorMessage } from "../../functions/contract/error-message.ts";
import {
  NODE_AFFINITY_ANNOTATION,
  NODE_UIDS_ANNOTATION,
  QUARANTINE_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
  USED_AS_ANNOTATION,
} from "../../functions/contract/keys.ts";
import {
  isTransient,
  JANITOR_RETRY,
} from "../../functions/kubernetes/retry.ts";
import { ownerReferenceChange } from "../verdict/owner-references.ts";
import type { ClaimChange } from "../cluster/claim-patch.ts";
import { forEachLimited } from "../cluster/concurrency.ts";
import { changedMeanwhile, GONE_ALREADY, INTERRUPTED } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { wasMadeFor } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import { originInDoubt } from "../verdict/origin-in-doubt.ts";
import type { ClonesBySource } from "../verdict/pending-clones.ts";
import { isInSet } from "../verdict/claim-metadata.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import {
  ABOUT_TO_DELETE,
  DELETION_ENDED,
  quarantineChange,
} from "../verdict/quarantine.ts";
import type { SetFindings } from "../verdict/set-findings.ts";
import { REASONS } from "../verdict/reasons.ts";
import type { Verdict } from "../verdict/reasons.ts";
import type { SweepContext } from "./sweep-context.ts";

/** An outcome before any write: the decision is the verdict. */
export interface Judged extends Outcome {
  readonly claim: ClaimMetadata;
  readonly decision: Verdict;
}

/** An outcome as it will be when its change has been written. */
interface PlannedChange {
  readonly outcome: Judged;
  readonly change: ClaimChange;
}

/** What has to be written to claims that stay for now. */
export interface ChangePlan {
  /** Marks, ends of marks, and owners to be released: a Pod that comes or goes meanwhile is no reason against any of them. */
  readonly changes: readonly PlannedChange[];
  /** Claims that lack an owner by the first lists; a re-check decides. */
  readonly adoptions: readonly Judged[];
}

/** Plans by the first lists. A claim that gets or loses a mark is adopted by a later run: its use is just changing. */
export function planChanges(
  outcomes: readonly Judged[],
  users: PodsByClaim,
  clones: ClonesBySource,
  findings: ReadonlyMap<string, SetFindings>,
  sweep: SweepContext,
): ChangePlan {
  const changes: PlannedChange[] = [];
  const adoptions: Judged[] = [];
  for (const outcome of outcomes) {
    const { claim, decision } = outcome;
    if (decision.decision === "delete") continue;
    const owners = ownerReferenceChange(
      claim,
      users,
      sweep.options.adopt,
      clones,
    );
    const release = owners?.change === "release" ? owners : undefined;
    const marked = claim.annotations[UNUSED_SINCE_ANNOTATION] !== undefined;
    const used =
      isFirstSeenInUse(outcome, users) && sweep.counts.firstUsesLeft > 0;
    if (used) sweep.counts.firstUsesLeft -= 1;
    const change: ClaimChange = {
      ...(used && { used }),
      ...(release && { ownerReferences: release.ownerReferences }),
      ...(decision.decision === "mark" &&
        (decision.reason === "set-first-run"
          ? { quarantine: ABOUT_TO_DELETE }
          : { unusedSince: new Date(sweep.context.now).toISOString() })),
      ...(marked &&
        !REASONS[decision.reason].markStays && { unusedSince: null }),
      ...setChange(outcome, findings.get(claim.name)),
    };
    if (Object.keys(change).length > 0) {
      const after = { ...outcome, ...(release && { owners: release.change }) };
      changes.push({ outcome: after, change });
    } else if (owners) adoptions.push(outcome);
  }
  return { changes, adoptions };
}

/** What is to be written on the first claim of a set: what its volumes say, and its quarantine. What is about to be deleted gets nothing. */
function setChange(
  { claim, decision }: Judged,
  findings: SetFindings | undefined,
): ClaimChange {
  const { annotations } = claim;
  const had = annotations[QUARANTINE_ANNOTATION];
  const { deletionGoesOn, findingsWritten } = REASONS[decision.reason];
  const deletionEnds = had === ABOUT_TO_DELETE && !deletionGoesOn;
  if (!findings || !findingsWritten)
    return deletionEnds ? { quarantine: DELETION_ENDED } : {};
  const { causes, nodes } = findings;
  const quarantine = deletionEnds
    ? DELETION_ENDED
    : quarantineChange(had, causes, findings);
  return {
    ...(nodes &&
      nodes.nodeAffinity !== annotations[NODE_AFFINITY_ANNOTATION] && {
        nodeAffinity: nodes.nodeAffinity ?? null,
      }),
    ...(nodes &&
      nodes.nodeUids !== annotations[NODE_UIDS_ANNOTATION] && {
        nodeUids: nodes.nodeUids ?? null,
      }),
    ...(quarantine !== undefined && { quarantine }),
  };
}

/**
 * True for a claim in doubt, or one that is reused, when a Pod that it was made for is there for the first time, finished or not. A
 * reused claim that no Pod ever had is empty: the function hands it out last.
 */
function isFirstSeenInUse(
  { claim, decision }: Judged,
  users: PodsByClaim,
): boolean {
  if (!REASONS[decision.reason].useWritten) return false;
  const isNews = isInSet(claim)
    ? claim.annotations[USED_AS_ANNOTATION] !== claim.uid
    : originInDoubt(claim) !== undefined;
  return (
    isNews &&
    (users.get(claim.name) ?? []).some((pod) => wasMadeFor(claim, pod))
  );
}

/** What came of the changes: outcomes by the uid of their claims, and what went wrong, in one line. */
export interface WrittenChanges {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly failure?: string;
}

/** Writes the changes, each for exactly the version of the claim that was judged. In a dry run it writes none of them. */
export async function writeChanges(
  changes: readonly PlannedChange[],
  sweep: SweepContext,
): Promise<WrittenChanges> {
  const outcomes = new Map<string, Outcome>();
  const errors: unknown[] = [];
  await forEachLimited(
    changes,
    sweep.options.concurrency,
    async ({ outcome, change }) => {
      const { claim, decision } = outcome;
      const instead = (other: Outcome["decision"]): void => {
        // Only a mark is the decision itself; a claim that stays stays with other owners, too.
        if (decision.decision === "mark")
          outcomes.set(claim.uid, { claim, decision: other });
      };
      if (sweep.signal.aborted) return instead(INTERRUPTED);
      // A right that is missing for one claim is missing for all of the namespace.
      const rejected = errors.find(
        (error) => !isTransient(error, JANITOR_RETRY),
      );
      if (rejected !== undefined) return instead(markFailed(rejected));
      try {
        const written = sweep.options.dryRun
          ? "done"
          : await sweep.cluster.patchClaim(claim, change);
        if (written === "done") {
          outcomes.set(claim.uid, outcome);
          await recordQuarantine(claim, change, sweep);
        } else if (written === "gone-already") instead(GONE_ALREADY);
        else instead(changedMeanwhile("it changed before it could be marked"));
      } catch (error) {
        if (sweep.signal.aborted) return instead(INTERRUPTED);
        errors.push(error);
        instead(markFailed(error));
      }
      return undefined;
    },
  );
  if (errors.length === 0) return { outcomes };
  return {
    outcomes,
    failure: `cannot release owners of claims or set marks on them: ${errorMessage(errors[0])}`,
  };
}

/** Writes an Event about a set that a person may have to look after. A lost one is only counted: the quarantine says why, too. */
async function recordQuarantine(
  claim: ClaimMetadata,
  { quarantine }: ClaimChange,
  { cluster, context, counts, options }: SweepContext,
): Promise<void> {
  if (!quarantine || options.dryRun) return;
  if (quarantine === ABOUT_TO_DELETE || quarantine === DELETION_ENDED) return;
  try {
    await cluster.recordQuarantine(claim, quarantine, context.now);
  } catch {
    counts.lostEvents += 1;
  }
}

function markFailed(error: unknown): Outcome["decision"] {
  return {
    decision: "fail",
    reason: "mark-failed",
    why: `unused, but marking it so failed: ${errorMessage(error)}`,
  };
}
