import type { V1Pod } from "@kubernetes/client-node";
import type { Cluster, HowToList } from "../cluster/cluster.ts";
import { knownPods } from "../cluster/known-pods.ts";
import type { KnownPods } from "../cluster/known-pods.ts";

/** Lists every Pod of one namespace. */
export type ListPods = (
  how: Omit<HowToList, "known">,
) => Promise<readonly V1Pod[]>;

/** Lists the Pods of a namespace again and again. Each list knows the Pods of the one before. */
export function podLists(
  namespace: string,
  { listPods }: Pick<Cluster, "listPods">,
): ListPods {
  let known: KnownPods | undefined;
  return async (how) => {
    const pods = await listPods(namespace, { ...how, known });
    known = knownPods(pods);
    return pods;
  };
}
