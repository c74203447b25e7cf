import type { V1Pod } from "@kubernetes/client-node";
import { isFinal } from "../../functions/contract/finished-pod.ts";
import { podMetadata, usesNoClaim } from "./read-objects.ts";

/** Pods of an earlier list, by their uid. */
export type KnownPods = ReadonlyMap<string, V1Pod>;

export function knownPods(pods: readonly V1Pod[]): KnownPods {
  return new Map(
    pods.flatMap((pod) => {
      const { uid } = pod.metadata ?? {};
      return uid === undefined ? [] : [[uid, pod]];
    }),
  );
}

/**
 * A Pod as it is now, by its metadata alone. Undefined when only the whole object can tell: when the Pod is new, or has finished and
 * changed since. Any other Pod need not be read again: its volumes never change, and at worst it counts as use although it has finished
 * in the meantime. A Pod without claims stays as it was read.
 * @throws {IncompleteListError} when its name is missing
 */
export function knownPod(item: unknown, known: KnownPods): V1Pod | undefined {
  const metadata = podMetadata(item);
  const before = known.get(metadata.uid ?? "");
  if (
    !before ||
    (isFinal(before.status?.phase) &&
      before.metadata?.resourceVersion !== metadata.resourceVersion)
  )
    return undefined;
  return usesNoClaim(before) ? before : { ...before, metadata };
}
