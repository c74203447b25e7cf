import { errorMessage } from "../../functions/contract/error-message.ts";
import {
  isTransient,
  JANITOR_RETRY,
} from "../../functions/kubernetes/retry.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { FailedCandidates } from "./failed-candidates.ts";
import { recheckAndDelete } from "./recheck-and-delete.ts";
import type { Attempt, Candidate } from "./recheck-and-delete.ts";
import { INTERRUPTED } from "./outcome.ts";
import type { Decision } from "./outcome.ts";
import { podsAfter } from "./pods-after.ts";
import { expectYoung, freshPods, LIST_LIFE_MS } from "./fresh-pods.ts";
import type { FreshPods } from "./fresh-pods.ts";
import type { ListPods } from "./pod-lists.ts";
import { clonesBySource } from "../verdict/pending-clones.ts";
import { claimSets } from "../verdict/claim-sets.ts";
import type { ListedClaim } from "../verdict/pending-clones.ts";
import type { SweepContext } from "./sweep-context.ts";

/**
 * The claims are listed again after this time. A claim that was changed since is not deleted, whatever its list's age: the delete
 * has conditions. But an older list lacks a clone that somebody has begun to create in the meantime.
 */
const CLAIMS_LIFE_MS = 2_000;

/** So often a delete may come too late for its list of Pods: something slows it down that another list does not help against. */
const MOST_STALE = 20;

/** What became of each claim, by its uid, and why the namespace was not finished. */
export interface Deletions {
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly failure?: string;
}

/**
 * Deletes the claims of one namespace that the first lists show as unused. A deleted claim is gone for good, and the first lists
 * may be minutes old. So this lists the claims and then all Pods of the namespace again, as often as necessary: no delete begins on
 * a list of Pods that is too old.
 */
export async function deleteUnused(
  namespace: string,
  listPods: ListPods,
  unused: readonly ClaimMetadata[],
  guarded: boolean,
  sweep: SweepContext,
): Promise<Deletions> {
  const decisions = new Map<string, Decision>();
  let queue: readonly Candidate[] = unused.map((claim) => ({
    claim,
    tries: 0,
    stale: 0,
  }));
  let failure: string | undefined;
  while (queue.length > 0) {
    const stop = whyStop(sweep, failure);
    if (stop) {
      for (const { claim } of queue) decisions.set(claim.uid, stop);
      break;
    }
    const { attempts, left, listError } = await observeAndDelete(
      namespace,
      listPods,
      queue,
      guarded,
      sweep,
    );
    if (listError !== undefined)
      failure = `cannot re-check before deleting: ${errorMessage(listError)}`;
    const failed = new FailedCandidates<Candidate>();
    for (const { candidate, result } of attempts) {
      const { claim, stale } = candidate;
      if ("decision" in result) {
        decisions.set(claim.uid, result);
        continue;
      }
      const { error, sent = candidate.sent } = result;
      const tries = candidate.tries + 1;
      if (failed.take({ claim, stale, tries, ...(sent && { sent }) }, error))
        continue;
      decisions.set(claim.uid, deleteFailed(error));
      // A right that is missing for one claim is missing for all of the namespace.
      if (!isTransient(error, JANITOR_RETRY))
        failure = `cannot delete claims: ${errorMessage(error)}`;
    }
    queue = [...failed.again, ...left];
    if (failed.again.length > 0) await failed.pause(sweep.sleep);
  }
  return { decisions, ...(failure !== undefined && { failure }) };
}

/** What came of one observation of the namespace. */
interface Deleted {
  readonly attempts: readonly Attempt[];
  /** Candidates whose turn did not come. */
  readonly left: readonly Candidate[];
  /** The failure of a list, which ended it. */
  readonly listError?: unknown;
}

/** Lists the claims, then the Pods, and begins deletes from the front of the queue until the claims are to be listed again. */
async function observeAndDelete(
  namespace: string,
  listPods: ListPods,
  queue: readonly Candidate[],
  guarded: boolean,
  sweep: SweepContext,
): Promise<Deleted> {
  const { counts, signal, options, clock, cluster } = sweep;
  let listed: readonly ListedClaim[];
  let listedAt: number;
  let pods: () => Promise<FreshPods>;
  try {
    const notOlderThan = await cluster.recentState("persistentvolumeclaims", {
      maxAgeMs: LIST_LIFE_MS,
    });
    listed = await cluster.listAllClaims(namespace, {
      notOlderThan,
      hurry: true,
    });
    listedAt = clock();
    expectYoung("claims", listedAt - notOlderThan.asOf);
    pods = freshPods(listPods, sweep, podsAfter(listed, sweep));
    await pods();
  } catch (error) {
    return { attempts: [], left: queue, listError: error };
  }
  // Counted from when the first list of Pods is there: in a large namespace that takes seconds itself.
  const podsAt = clock();
  const claimsGoodUntil = podsAt + Math.max(CLAIMS_LIFE_MS, podsAt - listedAt);
  const claims = new Map(listed.map(({ claim }) => [claim.name, claim]));
  const clones = clonesBySource(listed);
  const sets = claimSets(listed);
  const attempts: Attempt[] = [];
  const waiting = [...queue];
  let failed = false;
  let listError: unknown;
  const goesOn = (): boolean =>
    !failed &&
    !signal.aborted &&
    waiting.length > 0 &&
    counts.deletionsLeft > 0 &&
    clock() <= claimsGoodUntil;
  const worker = async (): Promise<void> => {
    while (goesOn()) {
      let fresh: FreshPods;
      try {
        fresh = await pods();
      } catch (error) {
        listError = error;
        failed = true;
        return;
      }
      // Other workers may have taken the rest in the meantime.
      const candidate = goesOn() ? waiting.shift() : undefined;
      if (!candidate) return;
      // Counted before anything is awaited: other namespaces use the same cap.
      counts.deletionsLeft -= 1;
      const result = await recheckAndDelete(
        candidate,
        { guarded, claims, clones, sets, pods: fresh },
        sweep,
      );
      if (result === "stale") {
        counts.deletionsLeft += 1;
        const stale = candidate.stale + 1;
        if (stale < MOST_STALE) waiting.unshift({ ...candidate, stale });
        else attempts.push({ candidate, result: TOO_SLOW });
        continue;
      }
      if (!("decision" in result)) failed = true;
      if (!("decision" in result) || result.decision !== "delete")
        counts.deletionsLeft += 1;
      attempts.push({ candidate, result });
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return {
    attempts,
    left: waiting,
    ...(listError !== undefined && { listError }),
  };
}

const TOO_SLOW: Decision = {
  decision: "fail",
  reason: "delete-failed",
  why: `unused, but ${MOST_STALE} times the list of Pods was too old when the delete could be sent: requests to the API server take too long`,
};

/** Why there is no further re-check, if so. */
function whyStop(
  sweep: SweepContext,
  failure: string | undefined,
): Decision | undefined {
  if (sweep.signal.aborted) return INTERRUPTED;
  if (failure !== undefined)
    return { decision: "keep", reason: "namespace-failed", why: failure };
  if (sweep.counts.deletionsLeft > 0) return undefined;
  return {
    decision: "keep",
    reason: "over-deletion-cap",
    // Chosen, not deleted: a re-check may find some of those in other namespaces used.
    why: `unused, but this run may delete at most ${sweep.options.maxDeletions} claims (--max-deletions) and had chosen as many others: a later run deletes it`,
  };
}

function deleteFailed(error: unknown): Decision {
  return {
    decision: "fail",
    reason: "delete-failed",
    why: `unused, but deleting it failed: ${errorMessage(error)}`,
  };
}
