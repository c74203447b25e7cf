import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { nameOf } from "../../integration/reuse/reuse-suite.ts";
import { podsIn } from "../../support/admission-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";

/**
 * Does what `kubectl drain` does, for the Pods of these namespaces alone: no more Pods come to the node, and those on it are evicted,
 * all at once. Ends when they are gone.
 */
export async function drainNode(
  suite: AdmissionSuite,
  node: string,
  namespaces: readonly string[],
  patienceMs: number,
): Promise<void> {
  await cordon(suite, node);
  await Promise.all(
    (await podsOn(suite, node, namespaces)).map(async (pod) => {
      const name = nameOf(pod);
      const namespace = pod.metadata?.namespace ?? "";
      await suite.core.createNamespacedPodEviction({
        namespace,
        name,
        body: { metadata: { name, namespace } },
      });
    }),
  );
  await eventually(
    `node ${node} is empty`,
    async () => (await podsOn(suite, node, namespaces)).length === 0,
    patienceMs,
  );
}

/** Pods of these namespaces on the node. */
export async function podsOn(
  suite: AdmissionSuite,
  node: string,
  namespaces: readonly string[],
): Promise<V1Pod[]> {
  const pods = await Promise.all(
    namespaces.map((namespace) => podsIn(suite, namespace)),
  );
  return pods.flat().filter(({ spec }) => spec?.nodeName === node);
}

/** No more Pods come to the node. */
export async function cordon(
  suite: AdmissionSuite,
  node: string,
): Promise<void> {
  await setUnschedulable(suite, node, true);
}

/** Pods may come to the node again. */
export async function uncordon(
  suite: AdmissionSuite,
  node: string,
): Promise<void> {
  await setUnschedulable(suite, node, false);
}

async function setUnschedulable(
  { core }: AdmissionSuite,
  name: string,
  unschedulable: boolean,
): Promise<void> {
  await core.patchNode(
    { name, body: { spec: { unschedulable } } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
}
