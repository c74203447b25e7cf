import type { V1OwnerReference } from "@kubernetes/client-node";
import type { VolumeClaimTemplate } from "../template/template.ts";
import {
  CLAIM_KIND,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  OWNER_KIND_ANNOTATION,
  OWNER_NAME_ANNOTATION,
  OWNER_UID_ANNOTATION,
  POOL_LABEL,
  REQUEST_UID_ANNOTATION,
  REQUESTED_AT_ANNOTATION,
  SET_LABEL,
  TEMPLATE_NAME,
  USES_ANNOTATION,
} from "../contract/keys.ts";
import { leaseAnnotations } from "../contract/lease.ts";
import type { Lease } from "../contract/lease.ts";

/** The claim as it is sent to the API server. */
export interface ClaimManifest {
  readonly apiVersion: "v1";
  readonly kind: typeof CLAIM_KIND;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: VolumeClaimTemplate["spec"];
}

/** Why a claim is created: the admission request and the owner of its Pod. */
export interface ClaimOrigin {
  readonly requestUid: string;
  /** When the request came, in RFC 3339. */
  readonly requestedAt: string;
  readonly namespace: string;
  readonly controller: V1OwnerReference | undefined;
}

/** The set of claims that a claim with retention `Reuse` belongs to. */
export interface SetMembership {
  /** Hash of the pool. */
  readonly pool: string;
  /** Name of the claim that leads the set. */
  readonly name: string;
}

/**
 * The claim `name` of one volume of one Pod. It has no owner reference: the Pod does not exist yet, and the garbage collector
 * deletes an object whose owner it cannot find.
 */
export function buildClaim(
  name: string,
  template: VolumeClaimTemplate,
  { controller, namespace, requestUid, requestedAt }: ClaimOrigin,
  set?: SetMembership,
): ClaimManifest {
  return {
    apiVersion: "v1",
    kind: CLAIM_KIND,
    metadata: {
      name,
      namespace,
      labels: {
        ...template.labels,
        [MANAGED_LABEL]: MANAGED_VALUE,
        [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
        [TEMPLATE_NAME]: template.volume,
        ...(set && { [POOL_LABEL]: set.pool, [SET_LABEL]: set.name }),
      },
      annotations: {
        ...template.annotations,
        ...template.lifeCycle,
        ...(controller && {
          [OWNER_KIND_ANNOTATION]: controller.kind,
          [OWNER_NAME_ANNOTATION]: controller.name,
          [OWNER_UID_ANNOTATION]: controller.uid,
        }),
        [REQUEST_UID_ANNOTATION]: requestUid,
        [REQUESTED_AT_ANNOTATION]: requestedAt,
      },
    },
    spec: template.spec,
  };
}

/** The claim that leads a new set, leased to the request that creates it. */
export function withLease(claim: ClaimManifest, lease: Lease): ClaimManifest {
  const { metadata } = claim;
  return {
    ...claim,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        ...leaseAnnotations(lease),
        [USES_ANNOTATION]: "1",
      },
    },
  };
}
