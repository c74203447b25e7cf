import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster, ListOptions } from "../cluster/cluster.ts";
import { knownPods } from "../cluster/known-pods.ts";
import type { KnownPods } from "../cluster/known-pods.ts";

/** Lists every Pod of one namespace. */
export type ListPods = (
  options: Omit<ListOptions, "known">,
) => Promise<readonly V1Pod[]>;

/** Lists the Pods of a namespace again and again. Each list knows the Pods of the one before. */
export function podLists(
  namespace: string,
  { listPods }: Pick<Cluster, "listPods">,
): ListPods {
  let known: KnownPods | undefined;
  return async (options) => {
    const pods = await listPods(namespace, { ...options, known });
    known = knownPods(pods);
    return pods;
  };
}
