import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import {
  nameOf,
  STATUS_WITHOUT_NODE,
} from "../../integration/reuse/reuse-suite.ts";
import type { AdmissionSuite } from "../../support/admission-suite.ts";
import { cordon, podsOn } from "./drain-node.ts";

/**
 * Does to the Pods of these namespaces what the Pod garbage collector does when the node is gone: it marks them as failed, and deletes
 * them without waiting for a kubelet. The collector begins a minute after the node's object is gone, and this begins at once.
 */
export async function loseNode(
  suite: AdmissionSuite,
  node: string,
  namespaces: readonly string[],
): Promise<void> {
  await cordon(suite, node);
  await Promise.all(
    (await podsOn(suite, node, namespaces)).map((pod) => collect(suite, pod)),
  );
}

async function collect({ core }: AdmissionSuite, pod: V1Pod): Promise<void> {
  const name = nameOf(pod);
  const namespace = pod.metadata?.namespace ?? "";
  const asMerge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
  // The finalizers stand for containers that end. Nobody waits for these.
  await core.patchNamespacedPod(
    { namespace, name, body: { metadata: { finalizers: [] } } },
    asMerge,
  );
  await core.patchNamespacedPodStatus(
    { namespace, name, body: { status: STATUS_WITHOUT_NODE } },
    asMerge,
  );
  await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
}
