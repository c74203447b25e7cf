import type { V1OwnerReference } from "@kubernetes/client-node";
import type { VolumeClaimTemplate } from "../template/template.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  OWNER_KIND_ANNOTATION,
  OWNER_NAME_ANNOTATION,
  OWNER_UID_ANNOTATION,
  REQUEST_UID_ANNOTATION,
  REQUESTED_AT_ANNOTATION,
  TEMPLATE_NAME,
} from "../contract/keys.ts";

/** The claim as it is sent to the API server. */
export interface ClaimManifest {
  readonly apiVersion: "v1";
  readonly kind: "PersistentVolumeClaim";
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

/**
 * The claim `name` of one volume of one Pod. It has no owner reference: the Pod does not exist yet, and the garbage collector
 * deletes an object at once whose owner it cannot find.
 */
export function buildClaim(
  name: string,
  template: VolumeClaimTemplate,
  { controller, namespace, requestUid, requestedAt }: ClaimOrigin,
): ClaimManifest {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      namespace,
      labels: {
        ...template.labels,
        [MANAGED_LABEL]: MANAGED_VALUE,
        [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
        [TEMPLATE_NAME]: template.volume,
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
