import { errorMessage } from "../../functions/contract/error-message.ts";
import {
  isTransient,
  JANITOR_RETRY,
} from "../../functions/kubernetes/retry.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { FailedCandidates } from "./failed-candidates.ts";
import { recheckAndDelete } from "./recheck-and-delete.ts";
import type { Attempt, Candidate, Observation } from "./recheck-and-delete.ts";
import { INTERRUPTED } from "./outcome.ts";
import type { Decision } from "./outcome.ts";
import { podsAfter } from "./pods-after.ts";
import { expectYoung, freshPods, LIST_LIFE_MS } from "./fresh-pods.ts";
import type { FreshPods } from "./fresh-pods.ts";
import type { ListPods } from "./pod-lists.ts";
import { clonesBySource } from "../verdict/pending-clones.ts";
import { claimSets } from "../verdict/claim-sets.ts";
import type { SweepContext } from "./sweep-context.ts";

/**
 * The claims are listed again after this time. A claim that was changed since is not deleted, whatever its list's age: the delete
 * has conditions. But an older list lacks a clone that somebody has begun to create in the meantime.
 */
const CLAIMS_LIFE_MS = 2_000;

/**
 * After so many observations in a row in which no delete could be sent, the namespace is left for the next run: requests take so long
 * that each list of Pods was too old by then, and another list would not help.
 */
const MOST_FRUITLESS = 5;

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
  }));
  let failure: string | undefined;
  let fruitless = 0;
  while (queue.length > 0) {
    const stop = whyStop(sweep, queue, failure);
    if (stop) {
      for (const { claim, sent } of queue)
        decisions.set(claim.uid, sent ? ANSWER_LOST : stop);
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
    fruitless = attempts.length === 0 ? fruitless + 1 : 0;
    if (fruitless === MOST_FRUITLESS)
      failure ??=
        "cannot delete claims: requests to the API server take so long that each list of the Pods was too old before a delete could be sent";
    const failed = new FailedCandidates<Candidate>();
    for (const { candidate, result } of attempts) {
      const { claim } = candidate;
      if ("decision" in result) {
        decisions.set(claim.uid, result);
        continue;
      }
      const { error, sent = candidate.sent } = result;
      const tries = candidate.tries + 1;
      if (failed.take({ claim, tries, ...(sent && { sent }) }, error)) continue;
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

/** What the newest lists of the namespace show. Its Pods are listed again as often as necessary. */
interface Observed extends Omit<Observation, "guarded" | "pods"> {
  readonly pods: () => Promise<FreshPods>;
  /** When the claims are to be listed again, by the clock of the janitor, in milliseconds. */
  readonly goodUntil: number;
}

/** Lists the claims, then the Pods. Throws when a list fails or is too old. */
async function observe(
  namespace: string,
  listPods: ListPods,
  sweep: SweepContext,
): Promise<Observed> {
  const { clock, cluster } = sweep;
  const notOlderThan = await cluster.recentState("persistentvolumeclaims", {
    maxAgeMs: LIST_LIFE_MS,
  });
  const listed = await cluster.listAllClaims(namespace, {
    notOlderThan,
    hurry: true,
  });
  const listedAt = clock();
  expectYoung("claims", listedAt - notOlderThan.asOf);
  const pods = freshPods(listPods, sweep, podsAfter(listed, sweep));
  const claims = new Map(listed.map(({ claim }) => [claim.name, claim]));
  const clones = clonesBySource(listed);
  const sets = claimSets(listed);
  await pods();
  // Counted from when the first list of Pods is there: in a large namespace that takes seconds itself.
  const podsAt = clock();
  const goodUntil = podsAt + Math.max(CLAIMS_LIFE_MS, podsAt - listedAt);
  return { claims, clones, goodUntil, pods, sets };
}

/** Observes the namespace, and begins deletes from the front of the queue until the claims are to be listed again. */
async function observeAndDelete(
  namespace: string,
  listPods: ListPods,
  queue: readonly Candidate[],
  guarded: boolean,
  sweep: SweepContext,
): Promise<Deleted> {
  const { counts, signal, options, clock } = sweep;
  let observed: Observed;
  try {
    observed = await observe(namespace, listPods, sweep);
  } catch (error) {
    return { attempts: [], left: queue, listError: error };
  }
  const attempts: Attempt[] = [];
  const waiting = [...queue];
  let failed = false;
  let listError: unknown;
  const goesOn = (): boolean =>
    !failed &&
    !signal.aborted &&
    mayGoOn(waiting, sweep) &&
    clock() <= observed.goodUntil;
  const worker = async (): Promise<void> => {
    while (goesOn()) {
      let pods: FreshPods;
      try {
        pods = await observed.pods();
      } catch (error) {
        listError = error;
        failed = true;
        return;
      }
      // Other workers may have taken the rest in the meantime.
      const candidate = goesOn() ? waiting.shift() : undefined;
      if (!candidate) return;
      // Counted before anything is awaited: other namespaces use the same cap. A delete whose answer was lost counts already.
      if (!candidate.sent) counts.deletionsLeft -= 1;
      const result = await recheckAndDelete(
        candidate,
        { ...observed, guarded, pods },
        sweep,
      );
      if (result === "stale") {
        if (!candidate.sent) counts.deletionsLeft += 1;
        // Behind the others: what slows this one down need not slow them down.
        waiting.push(candidate);
        continue;
      }
      if (!("decision" in result)) failed = true;
      const mayBeDeleted =
        "decision" in result
          ? result.decision === "delete"
          : (result.sent ?? candidate.sent) !== undefined;
      if (!mayBeDeleted) counts.deletionsLeft += 1;
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

/** True when the cap allows another delete, or the next one counts already. */
function mayGoOn(
  queue: readonly Candidate[],
  { counts }: Pick<SweepContext, "counts">,
): boolean {
  const [next] = queue;
  return (
    next !== undefined && (counts.deletionsLeft > 0 || next.sent !== undefined)
  );
}

const ANSWER_LOST: Decision = {
  decision: "fail",
  reason: "delete-failed",
  why: "unused, and a delete was sent, but its answer was lost: the claim may be gone",
};

/** Why there is no further re-check, if so. */
function whyStop(
  sweep: SweepContext,
  queue: readonly Candidate[],
  failure: string | undefined,
): Decision | undefined {
  if (sweep.signal.aborted) return INTERRUPTED;
  if (failure !== undefined)
    return { decision: "keep", reason: "namespace-failed", why: failure };
  if (mayGoOn(queue, sweep)) return undefined;
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
