import { errorMessage } from "../../functions/contract/error-message.ts";
import {
  guardedVerdict,
  isMassDeletion,
} from "../verdict/mass-deletion-guard.ts";
import { exemptionOf } from "../verdict/exemptions.ts";
import { adopt } from "./adopt.ts";
import { planChanges, writeChanges } from "./claim-changes.ts";
import type { Judged } from "./claim-changes.ts";
import { podsAfter } from "./pods-after.ts";
import { identityOf, isImported } from "../verdict/claim-metadata.ts";
import type {
  ClaimIdentity,
  ClaimMetadata,
} from "../verdict/claim-metadata.ts";
import { deleteUnused } from "./delete-unused.ts";
import { clonesBySource, NO_CLONES } from "../verdict/pending-clones.ts";
import type { ClonesBySource, ListedClaim } from "../verdict/pending-clones.ts";
import { claimSets, markedFor, NO_SETS } from "../verdict/claim-sets.ts";
import type { ClaimSets } from "../verdict/claim-sets.ts";
import {
  changedMeanwhile,
  GONE_ALREADY,
  INTERRUPTED,
  TOOK_ITS_PLACE,
} from "./outcome.ts";
import type { Decision, NamespaceReport, Outcome } from "./outcome.ts";
import { packed } from "./packed.ts";
import { podLists } from "./pod-lists.ts";
import type { ListPods } from "./pod-lists.ts";
import { podsByClaim } from "../verdict/pod-uses-claim.ts";
import type { PodsByClaim } from "../verdict/pod-uses-claim.ts";
import { findingsOf } from "../verdict/set-findings.ts";
import type { SetFindings } from "../verdict/set-findings.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { VolumeNodes } from "../verdict/set-nodes.ts";
import { verdict } from "../verdict/verdict.ts";

/**
 * The first lists of a namespace may show a state of this age. Many small namespaces then share one question about the current state.
 * The list of the Pods may then be older than that of the claims, if `podsAfter` allows it. What is deleted or adopted is looked at again.
 */
const FIRST_LOOK_MS = 1_000;

/** What became of the claims of a namespace. */
interface Swept {
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly string[];
}

/**
 * Sweeps one namespace, in which these claims were found before: lists its claims and its Pods, judges every claim that was found,
 * sets owners and marks, and deletes what is unused. It changes nothing in a namespace that it cannot judge, and reports the failure.
 * It never throws.
 */
export async function sweepNamespace(
  namespace: string,
  found: readonly ClaimIdentity[],
  sweep: SweepContext,
): Promise<NamespaceReport> {
  try {
    sweep.signal.throwIfAborted();
    const listed = await listClaimsOf(namespace, sweep);
    const { claims, others } = findAgain(found, listed);
    const swept = await sweepClaims(namespace, claims, listed, sweep);
    return reportOf(namespace, [...others, ...swept.outcomes], swept.failures);
  } catch (error) {
    const { decision, failures } = notSwept(error, sweep);
    const outcomes = found.map((claim) => ({ claim, decision }));
    return reportOf(namespace, outcomes, failures);
  }
}

async function sweepClaims(
  namespace: string,
  claims: readonly ClaimMetadata[],
  listed: readonly ListedClaim[],
  sweep: SweepContext,
): Promise<Swept> {
  try {
    return await judgeAndAct(namespace, claims, listed, sweep);
  } catch (error) {
    // Only what is read before the first write can throw.
    const { decision, failures } = notSwept(error, sweep);
    return {
      outcomes: claims.map((claim) => ({
        claim,
        decision: exemptionOf(claim) ?? decision,
      })),
      failures,
    };
  }
}

/** What is decided about claims that could not be judged. */
function notSwept(
  error: unknown,
  { signal }: SweepContext,
): { decision: Decision; failures: readonly string[] } {
  if (signal.aborted) return { decision: INTERRUPTED, failures: [] };
  const why = errorMessage(error);
  return {
    decision: { decision: "keep", reason: "namespace-failed", why },
    failures: [why],
  };
}

/** The report outlives the namespace, so it gets no more of a claim than it shows. */
function reportOf(
  namespace: string,
  outcomes: readonly Outcome[],
  failures: readonly string[],
): NamespaceReport {
  return {
    namespace,
    outcomes: packed(
      outcomes.map((outcome) => ({
        ...outcome,
        claim: identityOf(outcome.claim),
      })),
    ),
    failures,
  };
}

/** Every claim of the namespace, ours or not. */
async function listClaimsOf(
  namespace: string,
  { cluster }: SweepContext,
): Promise<readonly ListedClaim[]> {
  try {
    const notOlderThan = await cluster.recentState("persistentvolumeclaims", {
      maxAgeMs: FIRST_LOOK_MS,
    });
    return await cluster.listAllClaims(namespace, { notOlderThan });
  } catch (error) {
    throw new Error(
      `cannot list all claims, so nothing is deleted here: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

/** What the list of a namespace has of the claims that were found before. */
interface FoundAgain {
  readonly claims: readonly ClaimMetadata[];
  /** Of claims that are gone. */
  readonly others: readonly Outcome[];
}

/** A claim that was created since is not among them: it is younger than the sweep. */
function findAgain(
  found: readonly ClaimIdentity[],
  listed: readonly ListedClaim[],
): FoundAgain {
  const byName = new Map(listed.map(({ claim }) => [claim.name, claim]));
  const claims: ClaimMetadata[] = [];
  const others: Outcome[] = [];
  for (const one of found) {
    const claim = byName.get(one.name);
    if (claim?.uid === one.uid) claims.push(claim);
    else
      others.push({
        claim: one,
        decision: claim ? changedMeanwhile(TOOK_ITS_PLACE) : GONE_ALREADY,
      });
  }
  return { claims, others };
}

async function judgeAndAct(
  namespace: string,
  claims: readonly ClaimMetadata[],
  listed: readonly ListedClaim[],
  sweep: SweepContext,
): Promise<Swept> {
  sweep.signal.throwIfAborted();
  const listPods = podLists(namespace, sweep.cluster);
  const { users, clones, sets } = await usersOf(
    listPods,
    claims,
    listed,
    sweep,
  );
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
    return { outcomes, failures: found.failures };

  const phase = await sweep.cluster.namespacePhase(namespace);
  if (phase !== "active") {
    const why = `its namespace is ${phase === "missing" ? "gone" : "terminating"}`;
    const left: Decision = {
      decision: "keep",
      reason: "namespace-terminating",
      why,
    };
    return {
      outcomes: outcomes.map(({ claim, decision }) => ({
        claim,
        decision: decision.decision === "keep" ? decision : left,
      })),
      failures: [],
    };
  }

  const written = await writeChanges(changes, sweep);
  const adopted = await adopt(listPods, adoptions, users, sweep);
  const deleted = await deleteUnused(
    namespace,
    listPods,
    unused,
    guarded,
    sweep,
  );
  return {
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

/** What claims of the namespace depend on: Pods, pending clones and sets. The Pods are not asked for when no claim depends on them. */
async function usersOf(
  listPods: ListPods,
  claims: readonly ClaimMetadata[],
  listed: readonly ListedClaim[],
  sweep: SweepContext,
): Promise<{ users: PodsByClaim; clones: ClonesBySource; sets: ClaimSets }> {
  if (claims.every((claim) => exemptionOf(claim) && !isImported(claim)))
    return { users: new Map(), clones: NO_CLONES, sets: NO_SETS };
  const { cluster } = sweep;
  try {
    const notOlderThan = await cluster.recentState("pods", {
      maxAgeMs: FIRST_LOOK_MS,
      ...podsAfter(listed, sweep),
    });
    return {
      users: podsByClaim(await listPods({ notOlderThan })),
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
