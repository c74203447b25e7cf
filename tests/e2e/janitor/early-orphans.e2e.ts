import { expect } from "chai";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach, makeOrphans } from "../steps/claims.ts";
import { claimsIn } from "../steps/cluster.ts";
import { createNamespace } from "../steps/namespaces.ts";
import { deploymentWithClaims, readyPods } from "../steps/workloads.ts";

/** Claims for the CronJob to delete later: their grace period passes while the other tests run. */
export const early = {
  namespace: "e2e-cronjob" as const,
  orphans: [] as V1PersistentVolumeClaim[],
  used: [] as string[],
};

/** Creates claims without a Pod, and one in use beside them. */
export async function makeEarlyOrphans(): Promise<void> {
  const { namespace } = early;
  await createNamespace(namespace, deploymentWithClaims(namespace, "used", 1));
  const pods = await readyPods(namespace, "used", 1);
  early.used = await expectOneBoundClaimEach(namespace, pods);
  const names = await makeOrphans(namespace);
  early.orphans = (await claimsIn(namespace)).filter((claim) =>
    names.includes(nameOf(claim)),
  );
}

describe("Pods that are rejected after the function", () => {
  it("W1 leave a claim, for the CronJob to find later", async () => {
    await makeEarlyOrphans();
    expect(early.orphans).to.not.be.empty;
  });
});
