import { formatDuration } from "../../functions/contract/duration.ts";
import {
  REQUESTED_AT_ANNOTATION,
  USED_AS_ANNOTATION,
} from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";

/**
 * A claim is stored at most this long after the time that its request wrote on it. The API server gives a create 34 s; the rest
 * is for clocks that differ, the function's from the API server's. A clock that is wrong by more makes claims look restored:
 * they are kept and reported. janitor-claims.yaml has the same limit.
 */
export const MAX_CREATE_DELAY_MS = 120_000;

/** RFC 3339, the only form that the function writes: `Date.parse` alone takes a mere year. */
const RFC_3339 =
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Why a claim may have come without its Pod. */
export interface Doubt {
  readonly reason: "restored" | "unknown-request-time";
  /** What is unusual about the claim, as a part of a sentence. */
  readonly why: string;
}

/**
 * The doubt whether the request that made the claim also made its Pod: a backup or a copy brings claims back before their
 * workload, or without one. Undefined for a claim that was stored right after its request, and for one of which a sweep has seen
 * a Pod. That mark has the claim's uid; a copy has another uid.
 */
export function originInDoubt({
  annotations,
  createdAt,
  uid,
}: Pick<ClaimMetadata, "annotations" | "createdAt" | "uid">):
  Doubt | undefined {
  if (annotations[USED_AS_ANNOTATION] === uid) return undefined;
  const given = annotations[REQUESTED_AT_ANNOTATION];
  const requestedAt =
    given !== undefined && RFC_3339.test(given)
      ? Date.parse(given)
      : Number.NaN;
  const delay = createdAt - requestedAt;
  if (Number.isNaN(delay)) {
    return {
      reason: "unknown-request-time",
      why:
        given === undefined
          ? `it has no ${REQUESTED_AT_ANNOTATION}, so it may have been restored or copied`
          : `${REQUESTED_AT_ANNOTATION}: ${JSON.stringify(given)} is not a time, so it may have been restored or copied`,
    };
  }
  if (delay > MAX_CREATE_DELAY_MS) {
    return {
      reason: "restored",
      why: `created ${formatDuration(delay)} after the request for it, so it was restored or copied`,
    };
  }
  if (delay < -MAX_CREATE_DELAY_MS) {
    return {
      reason: "unknown-request-time",
      why: `created ${formatDuration(-delay)} before the time of the request for it (${REQUESTED_AT_ANNOTATION}), so a clock was wrong, and it may have been restored or copied`,
    };
  }
  return undefined;
}

/** What to do about a claim in doubt, as a sentence of its own. */
export function adviceOn({ namespace, name }: ClaimMetadata): string {
  return `It stays until a sweep has seen the Pod that it was made for: start the workload that uses it, or delete it with kubectl delete persistentvolumeclaim --namespace ${namespace} ${name}`;
}
