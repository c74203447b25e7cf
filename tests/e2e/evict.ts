import { ApiException } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { nameOf } from "../support/pods-and-claims.ts";
import { core } from "./cluster.ts";

/** Asks for a Pod's eviction, as `kubectl drain` does. Returns false when a PodDisruptionBudget forbids it for now. */
export async function evict(pod: V1Pod): Promise<boolean> {
  const metadata = {
    namespace: pod.metadata?.namespace ?? "",
    name: nameOf(pod),
  };
  try {
    await core.createNamespacedPodEviction({
      ...metadata,
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata },
    });
    return true;
  } catch (error) {
    // https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/#how-api-initiated-eviction-works
    if (error instanceof ApiException && error.code === 429) return false;
    throw error;
  }
}
