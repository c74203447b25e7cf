import { apply } from "./cluster.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { makeOrphans } from "./orphans.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

/** What the CronJob is given to do: its grace period passes while the other tests run. */
export const longAgo = {
  namespace: "e2e-cronjob",
  madeAt: 0,
  orphans: [] as string[],
  used: [] as string[],
};

/** Makes claims without a Pod, and one in use beside them. */
export async function makeEarlyOrphans(): Promise<void> {
  const { namespace } = longAgo;
  await apply(
    namespaceNamed(namespace),
    deploymentWithClaims(namespace, "used", 1),
  );
  longAgo.used = await expectOneBoundClaimEach(
    namespace,
    await readyPods(namespace, "used", 1),
  );
  longAgo.orphans = await makeOrphans(namespace);
  longAgo.madeAt = performance.now();
}
