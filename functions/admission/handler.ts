import type { Claims, FoundOrCreatedClaim } from "../claim-api/claims.ts";
import type { DataSources } from "../claim-api/data-sources.ts";
import { ClaimRejectedError } from "../claim-api/rejected.ts";
import { withLease } from "../claim/build.ts";
import type { ClaimManifest } from "../claim/build.ts";
import { PoolMissError } from "../hand-over/pools.ts";
import type { Obtained, PoolRequest, Pools } from "../hand-over/pools.ts";
import type { Reservation } from "../hand-over/reservations.ts";
import { errorMessage } from "../contract/error-message.ts";
import { planPod } from "./plan-pod.ts";
import type { Plan, PlannedClaim } from "../pod/plan.ts";
import { printable, quoted } from "../contract/printable.ts";
import {
  describeErrors,
  fieldMessage,
  inOneLine,
} from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import { SET_LABEL, TEMPLATE_NAME } from "../contract/keys.ts";
import { claimCreation, LAST_WORDS_MS, late } from "./create-claims.ts";
import { endsBy } from "../contract/ends-by.ts";
import { allowed, denied, errored, patched, withWarnings } from "./response.ts";
import type { AdmissionResponse, PoolOutcome } from "./response.ts";
import type { AdmissionRequest } from "./review.ts";
import { createTurns } from "./turns.ts";

/** Answers one admission request by `deadline`, in milliseconds of `performance.now()`. It throws only for faults of our own. */
export type AdmissionHandler = (
  request: AdmissionRequest,
  deadline: number,
) => Promise<AdmissionResponse>;

type ClaimPlan = Extract<Plan, { kind: "patch" }>;

/** What the handler needs from outside. */
export interface HandlerPorts {
  readonly claims: Claims;
  readonly sources: DataSources;
  readonly pools: Pools;
  readonly log: {
    warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  };
  /**
   * Receives a rollback that may go on after the answer, so that the program can wait for it before it ends. Knative neither freezes
   * nor stops a Pod that has just answered. When the Pod is killed anyway, the janitor deletes the rest.
   */
  readonly afterAnswer?: (work: Promise<unknown>) => void;
}

/** The answer about the claims of a Pod, and the work that goes on after it. */
interface ClaimsResult {
  readonly response: AdmissionResponse;
  /** Ends when every claim that is not kept is deleted; absent when all are kept. */
  readonly rollingBack?: Promise<unknown>;
}

/** Plans first, then looks up sources, creates the claims and answers. A Pod that is not allowed leaves no claim behind. */
export function createHandler({
  afterAnswer = () => {},
  claims,
  pools,
  sources,
  log,
}: HandlerPorts): AdmissionHandler {
  const createClaims = claimCreation({ afterAnswer, claims, log });
  /** Deliveries of one request, by its uid. */
  const deliveries = createTurns();
  /** Pods of a pool with max-sets. Each must see the sets that were created for the Pods before it. */
  const bounded = createTurns();

  return async (request, deadline) => {
    const plan = await planPod(request);
    switch (plan.kind) {
      case "allow": {
        const response = withWarnings(
          plan.patch ? patched(plan.reason, plan.patch) : allowed(plan.reason),
          messagesOf(plan.warnings),
        );
        return plan.kept === undefined
          ? response
          : await admit(plan.kept, request, deadline, () =>
              Promise.resolve({ response }),
            );
      }
      case "deny":
        return denied(describeErrors(plan.errors));
      case "patch":
        return await admit(plan.kept ?? [], request, deadline, () =>
          createInTurn(plan, request, deadline),
        );
      default:
        return plan satisfies never;
    }
  };

  /**
   * Reserves the sets of the claims that the Pod names already, and does the rest of the work. Handles one delivery of a request at a
   * time. The API server sends a request again when its connection broke, and the first delivery may still be under way then. Both want
   * the same claims. If the first one deleted a claim that the second one had found, the second one's Pod would be stored without it.
   * Another instance of the function does not know of the first delivery.
   */
  async function admit(
    kept: readonly string[],
    request: AdmissionRequest,
    deadline: number,
    rest: () => Promise<ClaimsResult>,
  ): Promise<AdmissionResponse> {
    const work = (): Promise<ClaimsResult> =>
      obtainNamedThen(kept, request, deadline, rest);
    if (request.dryRun === true) return (await work()).response;
    const result = await deliveries.inTurn(
      request.uid,
      deadline,
      work,
      rolledBack,
    );
    return (
      result?.response ??
      failed([late("an earlier delivery of this request did not end")])
    );
  }

  /** Ends the leases of the claims that the Pod names already when the rest of the work fails. */
  async function obtainNamedThen(
    kept: readonly string[],
    { dryRun = false, namespace: given, object, uid }: AdmissionRequest,
    deadline: number,
    rest: () => Promise<ClaimsResult>,
  ): Promise<ClaimsResult> {
    const { metadata } = object ?? {};
    const namespace = given ?? metadata?.namespace ?? "default";
    const reservations: Reservation[] = [];
    let result: ClaimsResult | undefined;
    try {
      for (const name of kept) {
        const reservation = await pools.obtainNamed(
          { namespace, name, podName: metadata?.name },
          uid,
          deadline - LAST_WORDS_MS,
          dryRun,
        );
        if (reservation) reservations.push(reservation);
      }
      result = await rest();
    } catch (error) {
      result = { response: failed([error]) };
    } finally {
      if (result?.response.allowed !== true)
        // The last one first: where two are of one set, it brings back the lease of the first.
        for (const reservation of reservations.toReversed())
          await released(namespace, reservation, deadline);
    }
    return result;
  }

  /** Does one Pod of a pool with max-sets after another. */
  async function createInTurn(
    plan: ClaimPlan,
    request: AdmissionRequest,
    deadline: number,
  ): Promise<ClaimsResult> {
    const { set } = plan;
    const cameAt = performance.now();
    const work = (): Promise<ClaimsResult> =>
      createOrReuse(plan, request, cameAt, deadline);
    if (set?.wanted.limits.maxSets === undefined || request.dryRun === true)
      return await work();
    const pool = `${namespaceOf(plan)}/${set.pool}`;
    return (
      (await bounded.inTurn(pool, deadline, work, rolledBack)) ?? {
        response: failed([
          new PoolMissError(
            "in-flight",
            `pool ${quoted(set.poolName)} in namespace ${namespaceOf(plan)}: with max-sets, its Pods get their claims one after another, and those before this one took too long; create the Pod again`,
          ),
        ]),
      }
    );
  }

  /** Reserves a set of the pool, then creates the claims that are still missing. A dry run only reports whether the Pod would be allowed. */
  async function createOrReuse(
    plan: ClaimPlan,
    request: AdmissionRequest,
    cameAt: number,
    deadline: number,
  ): Promise<ClaimsResult> {
    const { dryRun = false } = request;
    const pool = poolRequest(plan, request, cameAt);
    let obtained: Obtained | undefined;
    let manifests: readonly ClaimManifest[];
    try {
      obtained =
        pool && (await pools.obtain(pool, deadline - LAST_WORDS_MS, dryRun));
      manifests = await resolved(claimsToCreate(plan, obtained), deadline);
    } catch (error) {
      // A Pod with a set to release has no source to look up: only the short form has one, and it describes one volume.
      return { response: failed([error]) };
    }
    // A dry run creates no claim, so it has no warnings of the API server about one. The person reads them later.
    if (dryRun)
      return { response: answer(plan, { obtained, found: [], dryRun }) };
    const created = await createClaims(manifests, deadline, async (createBy) =>
      obtained?.kind === "miss" ? await surplusOf(pool, createBy) : undefined,
    );
    if (created.kind === "created")
      return {
        response: answer(plan, { obtained, found: created.found, dryRun }),
      };
    if (pool && obtained?.kind === "hit" && obtained.reservation)
      await released(pool.namespace, obtained.reservation, deadline);
    return {
      response: failed(created.reasons),
      rollingBack: created.rollingBack,
    };
  }

  /** Ends a lease. The answer waits for that, so that a further try of the Pod's creator finds the set free. */
  async function released(
    namespace: string,
    reservation: Reservation,
    deadline: number,
  ): Promise<void> {
    await endsBy(pools.release(namespace, reservation), deadline);
  }

  /** The claims with the sources of their volumes. */
  async function resolved(
    planned: readonly PlannedClaim[],
    deadline: number,
  ): Promise<readonly ClaimManifest[]> {
    const lookingUp = Promise.all(
      planned.map(async ({ manifest, source }) =>
        source
          ? await sources.resolve(manifest, source, deadline - LAST_WORDS_MS)
          : manifest,
      ),
    );
    if (!(await endsBy(lookingUp, deadline)))
      throw late("could not look up what its volumes start from");
    return await lookingUp;
  }

  /** Another instance of the function may have created a set at the same time. Then both reject their Pods. */
  async function surplusOf(
    pool: PoolRequest | undefined,
    deadline: number,
  ): Promise<unknown> {
    if (pool === undefined) return undefined;
    try {
      const surplus = await pools.surplus(pool, deadline);
      return surplus === 0
        ? undefined
        : new PoolMissError(
            "max-sets",
            `pool ${quoted(pool.poolName)} in namespace ${pool.namespace}: other Pods created sets at the same time, and max-sets is ${pool.wanted.limits.maxSets}`,
          );
    } catch (error) {
      return error;
    }
  }
}

/** The claims to create: all of them, without those of a reserved set. The first claim of a new set gets its lease. */
function claimsToCreate(
  { claims, set }: ClaimPlan,
  obtained: Obtained | undefined,
): readonly PlannedClaim[] {
  if (set === undefined || obtained === undefined) return claims;
  return claims.flatMap((claim) => {
    const { labels, name } = claim.manifest.metadata;
    if (labels[SET_LABEL] === undefined) return [claim];
    if (obtained.kind === "hit") return [];
    return name === set.name
      ? [{ ...claim, manifest: withLease(claim.manifest, obtained.lease) }]
      : [claim];
  });
}

function poolRequest(
  plan: ClaimPlan,
  { uid }: AdmissionRequest,
  cameAt: number,
): PoolRequest | undefined {
  const { set } = plan;
  return (
    set && {
      requestUid: uid,
      cameAt,
      namespace: namespaceOf(plan),
      pool: set.pool,
      poolName: set.poolName,
      wanted: set.wanted,
    }
  );
}

function namespaceOf({ claims }: ClaimPlan): string {
  return claims[0]?.manifest.metadata.namespace ?? "default";
}

/** Ends when the rollback of an attempt has ended. */
async function rolledBack({ rollingBack }: ClaimsResult): Promise<void> {
  await rollingBack;
}

interface Answered {
  readonly obtained: Obtained | undefined;
  readonly found: readonly FoundOrCreatedClaim[];
  readonly dryRun: boolean;
}

function answer(
  plan: ClaimPlan,
  { dryRun, found, obtained }: Answered,
): AdmissionResponse {
  const reused = obtained?.kind === "hit" ? [...obtained.claims.values()] : [];
  const created = claimsToCreate(plan, obtained).map(
    ({ manifest }) => manifest.metadata.name,
  );
  const did = (past: string, infinitive: string, names: string[]): string[] =>
    names.length === 0
      ? []
      : [`${dryRun ? `would ${infinitive}` : past} ${names.join(",")}`];
  const response = patched(
    [
      ...did("reused", "reuse", reused),
      ...did("created", "create", created),
    ].join("; "),
    obtained?.kind === "hit" && plan.set
      ? plan.set.patchWith(obtained.claims)
      : plan.patch,
  );
  const pool: PoolOutcome | undefined = obtained && {
    outcome: obtained.kind,
    reason:
      obtained.kind === "miss"
        ? obtained.reason
        : obtained.isFresh
          ? "fresh"
          : "free",
  };
  return withWarnings(
    {
      ...response,
      ...(pool && { pool }),
      auditAnnotations: {
        claims: [...reused, ...created].join(","),
        ...(pool && {
          pool:
            obtained?.kind === "hit"
              ? `hit ${obtained.set}`
              : `miss ${pool.reason}`,
        }),
      },
    },
    [...messagesOf(plan.warnings), ...found.flatMap(warningsOf)],
  );
}

/** The warnings of the API server about a claim, each with the volume that it is about. */
function warningsOf({
  manifest,
  warnings,
}: FoundOrCreatedClaim): readonly string[] {
  const volume = manifest.metadata.labels[TEMPLATE_NAME];
  return warnings.map(
    (text) =>
      `PersistentVolumeClaim of volume ${quoted(volume)}: ${printable(text)}`,
  );
}

function messagesOf(warnings: readonly FieldError[]): string[] {
  return warnings.map(fieldMessage);
}

/** The answer when a claim could not be created. Throws a fault of our own. */
function failed(failures: readonly unknown[]): AdmissionResponse {
  const rejections = failures.map((failure) => {
    if (!(failure instanceof ClaimRejectedError)) throw failure;
    return failure;
  });
  // "Try again" would be wrong advice when one of them is rejected for good.
  const worst =
    rejections.find(({ status }) => status !== 503) ?? rejections[0];
  const response = errored(
    worst?.status ?? 500,
    worst?.reason ?? "InternalError",
    inOneLine(rejections.map(errorMessage)),
  );
  return worst instanceof PoolMissError
    ? {
        ...response,
        pool: { outcome: "rejected", reason: worst.miss },
        auditAnnotations: { pool: `rejected ${worst.miss}` },
      }
    : response;
}
