import type {
  Claims,
  FoundOrCreatedClaim,
  UnwantedClaim,
} from "../claim-api/claims.ts";
import type { ClaimManifest } from "../claim/build.ts";
import {
  ClaimRejectedError,
  nameOf,
  UNAVAILABLE,
} from "../claim-api/rejected.ts";
import { errorMessage } from "../contract/error-message.ts";
import { endsBy } from "../contract/ends-by.ts";

/** Requests to the API server end this long before the deadline, so that they can give the reason themselves. */
export const LAST_WORDS_MS = 50;

/** Share of the time that is reserved when there are several claims: when one cannot be created, the others are deleted in it. */
const ROLL_BACK_SHARE = 0.25;

/** The answer waits at most this long for the rollback, so that the quota is free when the Pod is created again. */
const ROLL_BACK_WAIT_MS = 2_000;

/** The rollback may go on for this long after the answer was due. The janitor deletes what is left: it has no Pod. */
const ROLL_BACK_LIMIT_MS = 5_000;

/** How long the others may take when one claim is rejected. Most of them are answered by then. */
const OTHERS_WAIT_MS = 500;

/** A claim that is being created. */
interface Attempt {
  readonly manifest: ClaimManifest;
  readonly ended: Promise<void>;
  /** Undefined until the attempt has ended. */
  outcome?:
    { readonly claim: FoundOrCreatedClaim } | { readonly error: unknown };
}

/** The result of creating the claims of a Pod. */
export type Creation =
  | { readonly kind: "created"; readonly found: readonly FoundOrCreatedClaim[] }
  | {
      readonly kind: "failed";
      readonly reasons: readonly unknown[];
      /** Ends when every claim that is not kept is deleted. */
      readonly rollingBack: Promise<unknown>;
    };

/** What the creation of claims needs from outside. */
export interface CreationPorts {
  readonly claims: Claims;
  readonly log: {
    warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  };
  /** Receives a rollback that may go on after the answer. */
  readonly afterAnswer: (work: Promise<unknown>) => void;
}

/** Creates all claims of a Pod or none: when a create fails, or `problemOf` then finds a problem, it deletes the claims again. */
export function claimCreation({ afterAnswer, claims, log }: CreationPorts) {
  return createClaims;

  async function createClaims(
    manifests: readonly ClaimManifest[],
    deadline: number,
    problemOf: (deadline: number) => Promise<unknown>,
  ): Promise<Creation> {
    const left = deadline - performance.now();
    const keptBack = manifests.length > 1 ? left * ROLL_BACK_SHARE : 0;
    const createBy = deadline - keptBack;
    const givenUp = new AbortController();
    const attempts = manifests.map((manifest) =>
      attempt(manifest, createBy - LAST_WORDS_MS, givenUp.signal),
    );

    const all = Promise.all(attempts.map(({ ended }) => ended));
    await endsBy(Promise.race([all, firstFailure(attempts)]), createBy);
    await endsBy(all, Math.min(createBy, performance.now() + OTHERS_WAIT_MS));
    const found = attempts.flatMap(claimOf);
    const problem =
      found.length === attempts.length ? await problemOf(createBy) : undefined;
    if (found.length === attempts.length && problem === undefined)
      return { kind: "created", found };
    givenUp.abort();

    const failures = [
      ...attempts.flatMap(errorOf),
      ...(problem === undefined ? [] : [problem]),
    ];
    const pending = attempts.filter(({ outcome }) => outcome === undefined);
    const rollBackBy =
      Math.max(deadline, performance.now()) + ROLL_BACK_LIMIT_MS;
    const rollingBack = attempts
      .filter((each) => !pending.includes(each))
      .map((each) => rollBack(each, rollBackBy));
    // The answer does not wait for these: they cannot change it.
    const later = pending.map(async (each) => {
      await each.ended;
      await rollBack(each, rollBackBy);
    });
    const work = Promise.all([...rollingBack, ...later]);
    afterAnswer(work);
    const reasons =
      failures.length > 0
        ? failures
        : pending.map(({ manifest }) =>
            late(`could not create ${nameOf(manifest)}`),
          );
    await endsBy(
      Promise.all(rollingBack),
      Math.min(deadline, performance.now() + ROLL_BACK_WAIT_MS),
    );
    return { kind: "failed", reasons, rollingBack: work };
  }

  function attempt(
    manifest: ClaimManifest,
    deadline: number,
    givenUp: AbortSignal,
  ): Attempt {
    const begun: Attempt = {
      manifest,
      ended: claims.getOrCreate(manifest, deadline, givenUp).then(
        (claim) => {
          begun.outcome = { claim };
        },
        (error: unknown) => {
          begun.outcome = { error };
        },
      ),
    };
    return begun;
  }

  /** Deletes the claim that an attempt created, or may have created. The janitor deletes it when this fails: it has no Pod. */
  async function rollBack(
    { manifest, outcome }: Attempt,
    deadline: number,
  ): Promise<void> {
    const unwanted = unwantedOf(manifest, outcome);
    if (unwanted === undefined) return;
    try {
      await claims.remove(unwanted, deadline);
    } catch (error) {
      log.warn("could not roll back a claim; the janitor will delete it", {
        claim: manifest.metadata.name,
        namespace: manifest.metadata.namespace,
        error: errorMessage(error),
      });
    }
  }
}

/** Resolves when one of them has failed; never resolves when all succeed. */
function firstFailure(attempts: readonly Attempt[]): Promise<void> {
  return new Promise((resolve) => {
    for (const each of attempts)
      void each.ended.then(() => {
        if (errorOf(each).length > 0) resolve();
      });
  });
}

function claimOf({ outcome }: Attempt): readonly FoundOrCreatedClaim[] {
  return outcome && "claim" in outcome ? [outcome.claim] : [];
}

function errorOf({ outcome }: Attempt): readonly unknown[] {
  return outcome && "error" in outcome ? [outcome.error] : [];
}

function unwantedOf(
  manifest: ClaimManifest,
  outcome: Attempt["outcome"],
): UnwantedClaim | undefined {
  if (outcome === undefined) return undefined;
  if ("claim" in outcome)
    return outcome.claim.created ? outcome.claim : undefined;
  const { error } = outcome;
  return error instanceof ClaimRejectedError && error.mayExist
    ? { manifest }
    : undefined;
}

/** For work that did not end by the deadline, although it should have ended by itself. */
export function late(what: string): ClaimRejectedError {
  return new ClaimRejectedError(
    UNAVAILABLE,
    `${what} in time; create the Pod again`,
  );
}
