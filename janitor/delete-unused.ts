import { messageOf } from "../functions/message-of.ts";
import { isTransient, pauseAfter } from "./back-off.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { deleteAfterLook } from "./delete-after-look.ts";
import type { Attempt, Candidate } from "./delete-after-look.ts";
import { INTERRUPTED } from "./outcome.ts";
import type { Decision } from "./outcome.ts";
import { podsByClaim } from "./pod-uses-claim.ts";
import type { Run } from "./run.ts";

/** Tries of one delete, each after a new look. What fails three times is left for the next run. */
const MAX_TRIES = 3;

/** What became of each claim, by its uid, and what stopped the namespace before its end. */
export interface Deletions {
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly failure?: string;
}

/**
 * Deletes the claims of one namespace that a first look found unused. A deleted claim is gone for good, and the first look
 * may be minutes old; so they are looked at again in batches, the claims first and all Pods of the namespace after, each
 * batch when the one before is done.
 */
export async function deleteUnused(
  namespace: string,
  unused: readonly ClaimMetadata[],
  bulk: boolean,
  run: Run,
): Promise<Deletions> {
  const decisions = new Map<string, Decision>();
  let queue: readonly Candidate[] = unused.map((claim) => ({
    claim,
    tries: 0,
  }));
  let failure: string | undefined;
  while (queue.length > 0) {
    const allowed = Math.min(run.options.concurrency, run.counts.deletionsLeft);
    const stop = whyStop(run, failure, allowed);
    if (stop) {
      for (const { claim } of queue) decisions.set(claim.uid, stop);
      break;
    }
    const batch = queue.slice(0, allowed);
    // Taken before anything is awaited: other namespaces draw on the same cap.
    run.counts.deletionsLeft -= batch.length;
    let attempts: readonly Attempt[];
    try {
      attempts = await lookAndDelete(namespace, batch, bulk, run);
    } catch (error) {
      run.counts.deletionsLeft += batch.length;
      failure = `cannot look again before deleting: ${messageOf(error)}`;
      continue;
    }
    const again: Candidate[] = [];
    let pauseMs = 0;
    for (const { candidate, result } of attempts) {
      const { claim } = candidate;
      if ("decision" in result) {
        decisions.set(claim.uid, result);
        if (result.decision !== "delete") run.counts.deletionsLeft += 1;
        continue;
      }
      run.counts.deletionsLeft += 1;
      const tries = candidate.tries + 1;
      if (isTransient(result.error) && tries < MAX_TRIES) {
        again.push({ claim, tries, ...(result.sent && { sent: result.sent }) });
        pauseMs = Math.max(pauseMs, pauseAfter(tries, result.error));
        continue;
      }
      decisions.set(claim.uid, deleteFailed(result.error));
      // A right that is missing for one claim is missing for all of the namespace.
      if (!isTransient(result.error))
        failure = `cannot delete claims: ${messageOf(result.error)}`;
    }
    queue = [...again, ...queue.slice(batch.length)];
    if (again.length > 0) await run.sleep(pauseMs).catch(() => undefined);
  }
  return { decisions, ...(failure !== undefined && { failure }) };
}

async function lookAndDelete(
  namespace: string,
  batch: readonly Candidate[],
  bulk: boolean,
  run: Run,
): Promise<Attempt[]> {
  const claims = await Promise.all(
    batch.map(({ claim }) => run.cluster.getClaim(claim)),
  );
  const users = podsByClaim(await run.cluster.listPods(namespace));
  return await Promise.all(
    batch.map(async (candidate, index) => ({
      candidate,
      result: await deleteAfterLook(
        candidate,
        { claim: claims[index], users, bulk },
        run,
      ),
    })),
  );
}

/** Why no further batch is begun, if so. */
function whyStop(
  run: Run,
  failure: string | undefined,
  allowed: number,
): Decision | undefined {
  if (run.signal.aborted) return INTERRUPTED;
  if (failure !== undefined)
    return { decision: "keep", reason: "namespace-failed", why: failure };
  if (allowed > 0) return undefined;
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
    why: `unused, but deleting it failed: ${messageOf(error)}`,
  };
}
