import { LEASE_REQUEST_ANNOTATION, LEASE_TIME_ANNOTATION } from "./keys.ts";

/**
 * A lease counts for this long, in milliseconds. The API server stores a Pod at most 34 s after it called the function. After a
 * minute the Pod is in every list of Pods, or will never be.
 */
export const LEASE_MS = 60_000;

/** The reservation of a set of claims for the Pod of one admission request. */
export interface Lease {
  readonly requestUid: string;
  /** Milliseconds since the epoch by the API server's clock. */
  readonly at: number;
}

type Annotations = Readonly<Record<string, string>>;

/** Reads the lease in the annotations of a leading claim. If its time cannot be read, the lease begins `now`: the set stays reserved. */
export function leaseIn(
  annotations: Annotations | undefined,
  now: number,
): Lease | undefined {
  const requestUid = annotations?.[LEASE_REQUEST_ANNOTATION];
  return requestUid === undefined
    ? undefined
    : { requestUid, at: leaseTimeIn(annotations) ?? now };
}

/**
 * When the last lease began, also when it has ended: in milliseconds since the epoch by the API server's clock. A time without a request
 * is that of a lease whose Pod was seen.
 */
export function leaseTimeIn(
  annotations: Annotations | undefined,
): number | undefined {
  const at = Date.parse(annotations?.[LEASE_TIME_ANNOTATION] ?? "");
  return Number.isNaN(at) ? undefined : at;
}

/** True when the last lease was ended because its Pod was seen. */
export function hadPod(annotations: Annotations | undefined): boolean {
  return (
    annotations?.[LEASE_REQUEST_ANNOTATION] === undefined &&
    leaseTimeIn(annotations) !== undefined
  );
}

/** The annotations that record a lease. */
export function leaseAnnotations({ requestUid, at }: Lease): Annotations {
  return {
    [LEASE_REQUEST_ANNOTATION]: requestUid,
    [LEASE_TIME_ANNOTATION]: new Date(at).toISOString(),
  };
}

/** True while the Pod of the lease may still be on its way. */
export function isLive(
  lease: Lease | undefined,
  now: number,
  leaseMs: number = LEASE_MS,
): boolean {
  return lease !== undefined && now - lease.at < leaseMs;
}
