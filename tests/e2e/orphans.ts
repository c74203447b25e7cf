import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { apply, claimsIn } from "./cluster.ts";
import { deploymentWithClaims } from "./workloads.ts";

/**
 * Leaves at least one claim that no Pod ever named: a quota, which is judged after every webhook, refuses the Pods of a
 * Deployment. Returns the claims' names once the Deployment has stopped trying.
 */
export async function makeOrphans(namespace: string): Promise<string[]> {
  const before = new Set((await claimsIn(namespace)).map(nameOf));
  const orphans = async (): Promise<string[]> =>
    (await claimsIn(namespace)).map(nameOf).filter((name) => !before.has(name));
  await apply(
    {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { namespace, name: "no-more-pods" },
      spec: { hard: { pods: "0" } },
      status: {},
    },
    deploymentWithClaims(namespace, "refused", 1),
  );
  await eventually(
    "a claim without a Pod",
    async () => (await orphans()).length > 0,
    60_000,
  );
  await apply(deploymentWithClaims(namespace, "refused", 0));
  return eventually("no more tries", async () => {
    const some = await orphans();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const later = await orphans();
    return some.length === later.length && later;
  });
}
