import type { Claims, EnsuredClaim } from "../claim/claims.ts";
import type { DataSources } from "../claim/data-sources.ts";
import { ClaimRefusedError } from "../claim/claim-refused-error.ts";
import type { ClaimManifest } from "../claim/build-claim.ts";
import type { Logger } from "../logger.ts";
import { messageOf } from "../message-of.ts";
import { planPod } from "../pod/plan-pod.ts";
import type { Plan } from "../pod/plan-claims.ts";
import { describeProblems, inOneLine } from "../pod/problem.ts";
import { allowed, denied, errored, patched, withWarnings } from "./response.ts";
import type { AdmissionResponse } from "./response.ts";
import type { AdmissionRequest } from "./review.ts";

/** Answers one admission request; `deadline` is in milliseconds of `performance.now()`. It never throws for what a user or the cluster did. */
export type AdmissionHandler = (
  request: AdmissionRequest,
  deadline: number,
) => Promise<AdmissionResponse>;

type ClaimPlan = Extract<Plan, { kind: "claim" }>;

/** What the handler needs of the world. */
export interface HandlerPorts {
  readonly claims: Claims;
  readonly sources: DataSources;
  readonly log: Logger;
}

/** Decides first, then looks up what volumes start from, creates the claims and answers; a Pod that is not allowed leaves no claim behind. */
export function createHandler({
  claims,
  sources,
  log,
}: HandlerPorts): AdmissionHandler {
  return async (request, deadline) => {
    const plan = await planPod(request);
    switch (plan.kind) {
      case "leave":
        return allowed(plan.reason);
      case "refuse":
        return denied(describeProblems(plan.problems));
      case "claim":
        return await provide(plan, request.dryRun === true, deadline);
      default:
        return plan satisfies never;
    }
  };

  /** A dry run reads what volumes start from, too: it is asked whether the Pod would be allowed. */
  async function provide(
    plan: ClaimPlan,
    dryRun: boolean,
    deadline: number,
  ): Promise<AdmissionResponse> {
    let manifests: readonly ClaimManifest[];
    try {
      manifests = await Promise.all(
        plan.claims.map(async ({ manifest, source }) =>
          source ? await sources.resolve(manifest, source, deadline) : manifest,
        ),
      );
    } catch (error) {
      return failed([error]);
    }
    return dryRun
      ? answer(plan, "would create")
      : await carryOut(plan, manifests, deadline);
  }

  async function carryOut(
    plan: ClaimPlan,
    manifests: readonly ClaimManifest[],
    deadline: number,
  ): Promise<AdmissionResponse> {
    const outcomes = await Promise.allSettled(
      manifests.map((manifest) => claims.ensure(manifest, deadline)),
    );
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    if (failures.length === 0) return answer(plan, "created");
    // Only when all have an outcome: what is still under way could not be taken back.
    const made = outcomes.flatMap((outcome) =>
      outcome.status === "fulfilled" && outcome.value.made
        ? [outcome.value]
        : [],
    );
    await Promise.all(made.map(takeBack));
    return failed(failures);
  }

  /** A claim that cannot be taken back has no Pod, so the janitor finds it. */
  async function takeBack(claim: EnsuredClaim): Promise<void> {
    try {
      await claims.remove(claim);
    } catch (error) {
      log.warn("could not take back a claim; the janitor will", {
        claim: claim.manifest.metadata.name,
        namespace: claim.manifest.metadata.namespace,
        error: messageOf(error),
      });
    }
  }
}

function answer(plan: ClaimPlan, verb: string): AdmissionResponse {
  const names = plan.claims
    .map(({ manifest }) => manifest.metadata.name)
    .join(",");
  const response = patched(`${verb} ${names}`, plan.patch);
  return withWarnings(
    { ...response, auditAnnotations: { claims: names } },
    plan.warnings,
  );
}

/** The answer when claims could not be had. A failure that is no refusal is a fault of our own, and thrown on. */
function failed(failures: readonly unknown[]): AdmissionResponse {
  const refusals = failures.map((failure) => {
    if (!(failure instanceof ClaimRefusedError)) throw failure;
    return failure;
  });
  // "Try again" would be the wrong advice when one of them is refused for good.
  const worst = refusals.find(({ status }) => status !== 503) ?? refusals[0];
  return errored(
    worst?.status ?? 500,
    worst?.reason ?? "InternalError",
    inOneLine(refusals.map(messageOf)),
  );
}
