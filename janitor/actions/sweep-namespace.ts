import { errorMessage } from "../../functions/contract/error-message.ts";
import {
  guardedVerdict,
  isMassDeletion,
} from "../verdict/mass-deletion-guard.ts";
import { exemptionOf } from "../verdict/exemptions.ts";
import { adopt } from "./adopt.ts";
import { planChanges, writeChanges } from "./claim-changes.ts";
import type { Judged } from "./claim-changes.ts";
import { isImported } from "../verdict/claim-metadata.ts";
import type { ClaimMetadata } from "../verdict/claim-metadata.ts";
import { deleteUnused } from "./delete-unused.ts";
import { clonesBySource, NO_CLONES } from "../verdict/pending-clones.ts";
import type { ClonesBySource, ListedClaim } from "../verdict/pending-clones.ts";
import { claimSets, markedFor, NO_SETS } from "../verdict/claim-sets.ts";
import type { ClaimSets } from "../verdict/claim-sets.ts";
import { INTERRUPTED } from "./outcome.ts";
import type { Decision, NamespaceReport } from "./outcome.ts";
import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import { findingsOf } from "../verdict/set-findings.ts";
import type { SetFindings } from "../verdict/set-findings.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { VolumeNodes } from "../verdict/set-nodes.ts";
import { verdict } from "../verdict/verdict.ts";

/**
 * Sweeps one namespace, whose claims were listed before: lists its Pods, judges every claim, sets owners and marks, and deletes
 * what is unused. It changes nothing in a namespace that it cannot judge, and reports the failure. It never throws.
 */
export async function sweepNamespace(
  namespace: string,
  claims: readonly ClaimMetadata[],
  sweep: SweepContext,
): Promise<NamespaceReport> {
  try {
    return await judgeAndAct(namespace, claims, sweep);
  } catch (error) {
    // Only what is read before the first write can throw.
    const why = errorMessage(error);
    const decision: Decision = sweep.signal.aborted
      ? INTERRUPTED
      : { decision: "keep", reason: "namespace-failed", why };
    return {
      namespace,
      outcomes: claims.map((claim) => ({
        claim,
        decision: exemptionOf(claim) ?? decision,
      })),
      failures: sweep.signal.aborted ? [] : [why],
    };
  }
}

async function judgeAndAct(
  namespace: string,
  claims: readonly ClaimMetadata[],
  sweep: SweepContext,
): Promise<NamespaceReport> {
  sweep.signal.throwIfAborted();
  const { users, clones, sets } = await usersOf(namespace, claims, sweep);
  const { guarded, outcomes } = verdictsOn(claims, users, clones, sets, sweep);
  const found = await findingsOfSets(sets, users, sweep);
  const { changes, adoptions } = planChanges(
    outcomes,
    users,
    clones,
    found.bySet,
    sweep,
  );
  const unused = outcomes
    .filter(({ decision }) => decision.decision === "delete")
    .map(({ claim }) => claim);
  if (changes.length + adoptions.length + unused.length === 0)
    return { namespace, outcomes, failures: found.failures };

  const phase = await sweep.cluster.namespacePhase(namespace);
  if (phase !== "active") {
    const why = `its namespace is ${phase === "missing" ? "gone" : "terminating"}`;
    const left: Decision = {
      decision: "keep",
      reason: "namespace-terminating",
      why,
    };
    return {
      namespace,
      outcomes: outcomes.map(({ claim, decision }) => ({
        claim,
        decision: decision.decision === "keep" ? decision : left,
      })),
      failures: [],
    };
  }

  const written = await writeChanges(changes, sweep);
  const adopted = await adopt(namespace, adoptions, users, sweep);
  const deleted = await deleteUnused(namespace, unused, guarded, sweep);
  return {
    namespace,
    outcomes: outcomes.map((outcome) => {
      const { uid } = outcome.claim;
      const decision = deleted.decisions.get(uid);
      return decision
        ? { claim: outcome.claim, decision }
        : (written.outcomes.get(uid) ?? adopted.outcomes.get(uid) ?? outcome);
    }),
    failures: [
      ...found.failures,
      ...[written.failure, adopted.failure, deleted.failure].filter(
        (failure) => failure !== undefined,
      ),
    ],
  };
}

/** What claims of the namespace depend on: pending clones and sets, then Pods. Neither is asked for when no claim depends on them. */
async function usersOf(
  namespace: string,
  claims: readonly ClaimMetadata[],
  sweep: SweepContext,
): Promise<{ users: PodsByClaim; clones: ClonesBySource; sets: ClaimSets }> {
  if (claims.every((claim) => exemptionOf(claim) && !isImported(claim)))
    return { users: new Map(), clones: NO_CLONES, sets: NO_SETS };
  let listed: readonly ListedClaim[];
  try {
    listed = await sweep.cluster.listAllClaims(namespace);
  } catch (error) {
    throw new Error(
      `cannot list all claims, so nothing is deleted here: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  try {
    return {
      users: podsByClaim(await sweep.cluster.listPods(namespace)),
      clones: clonesBySource(listed),
      sets: claimSets(listed),
    };
  } catch (error) {
    throw new Error(
      `cannot list the Pods, so nothing is deleted here: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** By the name of the set. Only sets with volumes need the lists of them, and nothing else waits for them: a list that fails is reported. */
async function findingsOfSets(
  { byName }: ClaimSets,
  users: PodsByClaim,
  sweep: SweepContext,
): Promise<{
  readonly bySet: ReadonlyMap<string, SetFindings>;
  readonly failures: readonly string[];
}> {
  const sets = [...byName.values()];
  const failures: string[] = [];
  let known: VolumeNodes | undefined;
  if (sets.some(({ volumes }) => volumes.length > 0))
    try {
      known = await sweep.volumeNodes();
    } catch (error) {
      failures.push(
        `cannot list the volumes and nodes: ${errorMessage(error)}`,
      );
    }
  return {
    bySet: new Map(
      sets.map((set) => [
        set.name,
        findingsOf(set, users, known, sweep.context.now),
      ]),
    ),
    failures,
  };
}

function verdictsOn(
  claims: readonly ClaimMetadata[],
  users: PodsByClaim,
  clones: ClonesBySource,
  sets: ClaimSets,
  { context }: SweepContext,
): { guarded: boolean; outcomes: Judged[] } {
  const first = claims.map((claim) => ({
    claim,
    verdict: verdict(claim, users, context, clones, sets),
  }));
  const guarded = isMassDeletion(first.map((one) => one.verdict));
  return {
    guarded,
    outcomes: first.map(({ claim, verdict: alone }) => ({
      claim,
      decision: guarded
        ? guardedVerdict(markedFor(claim, sets), alone, context.now)
        : alone,
    })),
  };
}
