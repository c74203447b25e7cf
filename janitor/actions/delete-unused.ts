import { errorMessage } from "../../functions/kubernetes/error-message.ts";
import { isTransient, pauseAfter } from "../../functions/kubernetes/retry.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { deleteAfterLook } from "./recheck-and-delete.ts";
import type { Attempt, Candidate, Look } from "./recheck-and-delete.ts";
import { INTERRUPTED } from "./outcome.ts";
import type { Decision } from "./outcome.ts";
import { freshPods } from "./fresh-pods.ts";
import { clonesBySource } from "../verdict/pending-clones.ts";
import type { ListedClaim } from "../verdict/pending-clones.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import type { Run } from "./sweep-context.ts";

/** Tries of one delete, each after a new look. What fails three times is left for the next run. */
const MAX_TRIES = 3;

/**
 * The claims are listed again after this time. A claim that was changed since is not deleted, whatever its list's age: the delete
 * has conditions. What an older list would not tell is a clone that somebody has begun to make meanwhile.
 */
const CLAIMS_LIFE_MS = 2_000;

/** What became of each claim, by its uid, and what stopped the namespace before its end. */
export interface Deletions {
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly failure?: string;
}

/**
 * Deletes the claims of one namespace that a first look found unused. A deleted claim is gone for good, and the first look
 * may be minutes old; so they are looked at again, the claims first and all Pods of the namespace after, as often as it takes
 * that no delete is begun on a list of Pods that is too old.
 */
export async function deleteUnused(
  namespace: string,
  unused: readonly ClaimMetadata[],
  bulk: boolean,
  run: Run,
): Promise<Deletions> {
  const decisions = new Map<string, Decision>();
  const events: Promise<void>[] = [];
  let queue: readonly Candidate[] = unused.map((claim) => ({
    claim,
    tries: 0,
  }));
  let failure: string | undefined;
  while (queue.length > 0) {
    const stop = whyStop(run, failure);
    if (stop) {
      for (const { claim } of queue) decisions.set(claim.uid, stop);
      break;
    }
    const { attempts, lookError } = await lookAndDelete(
      namespace,
      queue,
      { bulk, events },
      run,
    );
    if (lookError !== undefined)
      failure = `cannot look again before deleting: ${errorMessage(lookError)}`;
    const again: Candidate[] = [];
    let pauseMs = 0;
    for (const { candidate, result } of attempts) {
      const { claim } = candidate;
      if ("decision" in result) {
        decisions.set(claim.uid, result);
        continue;
      }
      const tries = candidate.tries + 1;
      if (isTransient(result.error) && tries < MAX_TRIES) {
        again.push({ claim, tries, ...(result.sent && { sent: result.sent }) });
        pauseMs = Math.max(pauseMs, pauseAfter(tries, result.error));
        continue;
      }
      decisions.set(claim.uid, deleteFailed(result.error));
      // A right that is missing for one claim is missing for all of the namespace.
      if (!isTransient(result.error))
        failure = `cannot delete claims: ${errorMessage(result.error)}`;
    }
    queue = [...again, ...queue.slice(attempts.length)];
    if (again.length > 0) await run.sleep(pauseMs).catch(() => undefined);
  }
  await Promise.all(events);
  return { decisions, ...(failure !== undefined && { failure }) };
}

/** What came of a look at the claims; an error that ended it is that of a list. */
interface Deleted {
  /** Of the front of the queue. */
  readonly attempts: readonly Attempt[];
  readonly lookError?: unknown;
}

/** Lists the claims, then the Pods, and begins deletes from the front of the queue until the claims are to be listed again. */
async function lookAndDelete(
  namespace: string,
  queue: readonly Candidate[],
  settings: Pick<Look, "bulk" | "events">,
  run: Run,
): Promise<Deleted> {
  const { counts, signal, options, clock, cluster } = run;
  let listed: readonly ListedClaim[];
  try {
    listed = await cluster.listAllClaims(namespace, "hurry");
  } catch (error) {
    return { attempts: [], lookError: error };
  }
  const listedAt = clock();
  const claims = new Map(listed.map(({ claim }) => [claim.name, claim]));
  const clones = clonesBySource(listed);
  const pods = freshPods(namespace, run);
  const attempts: Attempt[] = [];
  let begun = 0;
  let failed = false;
  let lookError: unknown;
  const goesOn = (): boolean =>
    !failed &&
    !signal.aborted &&
    begun < queue.length &&
    counts.deletionsLeft > 0 &&
    (begun === 0 || clock() - listedAt <= CLAIMS_LIFE_MS);
  const worker = async (): Promise<void> => {
    while (goesOn()) {
      let users: PodsByClaim;
      try {
        users = await pods();
      } catch (error) {
        lookError = error;
        failed = true;
        return;
      }
      const candidate = queue[begun];
      // Others have been at work meanwhile.
      if (!candidate || !goesOn()) return;
      begun += 1;
      // Taken before anything is awaited: other namespaces draw on the same cap.
      counts.deletionsLeft -= 1;
      const result = await deleteAfterLook(
        candidate,
        { ...settings, claims, clones, users },
        run,
      );
      if (!("decision" in result)) failed = true;
      if (!("decision" in result) || result.decision !== "delete")
        counts.deletionsLeft += 1;
      attempts.push({ candidate, result });
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return { attempts, ...(lookError !== undefined && { lookError }) };
}

/** Why there is no further look, if so. */
function whyStop(run: Run, failure: string | undefined): Decision | undefined {
  if (run.signal.aborted) return INTERRUPTED;
  if (failure !== undefined)
    return { decision: "keep", reason: "namespace-failed", why: failure };
  if (run.counts.deletionsLeft > 0) return undefined;
  return {
    decision: "keep",
    reason: "over-deletion-cap",
    // Chosen, not deleted: of those whose turn it is in other namespaces, some may turn out to be used.
    why: `unused, but this run may delete at most ${run.options.maxDeletions} claims (--max-deletions) and had chosen as many others: a later run deletes it`,
  };
}

function deleteFailed(error: unknown): Decision {
  return {
    decision: "fail",
    reason: "delete-failed",
    why: `unused, but deleting it failed: ${errorMessage(error)}`,
  };
}
