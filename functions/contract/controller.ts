import type { V1ObjectMeta, V1OwnerReference } from "@kubernetes/client-node";

/** The controller that a Pod belongs to, such as its ReplicaSet; undefined for a bare Pod. */
export function controllerOf(
  metadata: V1ObjectMeta | undefined,
): V1OwnerReference | undefined {
  return metadata?.ownerReferences?.find(
    (reference) => reference.controller === true,
  );
}
