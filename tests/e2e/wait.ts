import { eventually } from "../support/eventually.ts";
import { core, functionPods } from "./cluster.ts";

/**
 * For Knative to see a minute without admissions (the window of our manifest), to decide for zero, and for the Pod to go,
 * which takes its queue-proxy half a minute; with as much again for a machine that is busy.
 */
const zeroTimeoutMs = 300_000;

/** Waits until no Pod of the function is there, not even one that is going; returns how long that took, in ms. */
export async function functionAtZero(): Promise<number> {
  const startedAt = performance.now();
  await eventually(
    "no Pod of the function",
    async () => (await functionPods()).length === 0,
    zeroTimeoutMs,
  );
  return performance.now() - startedAt;
}

/** Controllers, the volumes' provisioner and the kubelet take turns; a cluster of one busy node needs its time. */
const namespaceTimeoutMs = 120_000;

/** Deletes a namespace and waits until it is gone with everything in it. */
export async function deleteNamespace(name: string): Promise<void> {
  await core.deleteNamespace({ name }).catch(() => undefined);
  await eventually(
    `namespace ${name} gone`,
    async () => {
      const { items } = await core.listNamespace({
        fieldSelector: `metadata.name=${name}`,
      });
      return items.length === 0;
    },
    namespaceTimeoutMs,
  );
}
