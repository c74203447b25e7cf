import { randomUUID } from "node:crypto";
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
} from "../../../functions/contract/keys.ts";

/** A claim like those that the function creates for `aPod`, for a client that creates it itself. */
export function aClaim(namespace: string): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: `web-5d4f8c7b9-cache-${randomUUID()}`,
      namespace,
      labels: {
        [MANAGED_LABEL]: MANAGED_VALUE,
        [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
        [TEMPLATE_NAME]: "cache",
      },
      annotations: {
        [OWNER_KIND_ANNOTATION]: "ReplicaSet",
        [OWNER_NAME_ANNOTATION]: "web-5d4f8c7b9",
        [OWNER_UID_ANNOTATION]: "0c7a2c1e-rs",
        [REQUEST_UID_ANNOTATION]: randomUUID(),
        [REQUESTED_AT_ANNOTATION]: new Date().toISOString(),
      },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  };
}
