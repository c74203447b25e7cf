import { readdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1PersistentVolume, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import {
  claimVolumes,
  nameOf,
  statusOf,
} from "../../support/pods-and-claims.ts";
import { apply, claimNamesIn, claimsIn, core } from "./cluster.ts";
import { nodeState } from "./mocha-output.ts";
import { deploymentWithClaims } from "./workloads.ts";

/** The garbage collector, then for each volume a helper Pod that removes its directory. */
const collectedTimeoutMs = 180_000;

/** Fails unless each of the Pods has a Bound claim that no other has; returns the claims' names. */
export async function expectOneBoundClaimEach(
  namespace: string,
  pods: readonly V1Pod[],
): Promise<string[]> {
  const claims = new Map(
    (await claimsIn(namespace)).map((claim) => [nameOf(claim), claim]),
  );
  const used = pods.flatMap(claimVolumes).map(({ claim }) => claim);
  expect(used).to.have.lengthOf(pods.length);
  expect(new Set(used)).to.have.property("size", pods.length);
  expect(
    used.map((claim) => statusOf(claims.get(claim))),
    "every claim is bound",
  ).to.deep.equal(pods.map(() => "Bound"));
  return used;
}

/** Fails unless the claim of each Pod has that Pod as its only owner, in the form that needs no right on the Pod. */
export async function expectAdopted(pods: readonly V1Pod[]): Promise<void> {
  expect(pods).to.not.be.empty;
  for (const pod of pods)
    for (const { claim } of claimVolumes(pod)) {
      const { metadata } = await core.readNamespacedPersistentVolumeClaim({
        namespace: pod.metadata?.namespace ?? "",
        name: claim,
      });
      expect(
        metadata?.ownerReferences?.map((owner) => ({ ...owner })),
        `owners of ${claim}`,
      ).to.deep.equal([
        {
          apiVersion: "v1",
          kind: "Pod",
          name: nameOf(pod),
          uid: pod.metadata?.uid,
        },
      ]);
    }
}

/** Waits until the namespace has no more claims than these, and no more volumes; fails unless exactly these claims are left. */
export async function expectLeft(
  namespace: string,
  claims: readonly string[],
): Promise<void> {
  await eventually(
    "the other claims and their volumes deleted",
    async () =>
      (await claimsIn(namespace)).length <= claims.length &&
      (await volumesToDelete(namespace)).length <= claims.length,
    collectedTimeoutMs,
  );
  expect(await claimNamesIn(namespace)).to.have.members(claims);
}

/** Waits until the node has as many directories for volumes of the namespace. Skips where this machine is not the node. */
export async function expectDirectories(
  context: Mocha.Context,
  namespace: string,
  count: number,
): Promise<void> {
  const volumes = path.join(nodeState(context), "volumes");
  await eventually(
    `${count} directories of volumes`,
    async () => {
      const names = await readdir(volumes);
      return (
        names.filter((name) => name.includes(`_${namespace}_`)).length === count
      );
    },
    collectedTimeoutMs,
  );
}

/** The volumes of claims of a namespace. A volume that still exists names its claim also after that was deleted. */
export async function volumesOf(
  namespace: string,
): Promise<V1PersistentVolume[]> {
  const { items } = await core.listPersistentVolume();
  return items.filter(({ spec }) => spec?.claimRef?.namespace === namespace);
}

/** The names of those that the cluster deletes after their claims. */
export async function volumesToDelete(namespace: string): Promise<string[]> {
  return (await volumesOf(namespace))
    .filter(({ spec }) => spec?.persistentVolumeReclaimPolicy === "Delete")
    .map(({ metadata }) => metadata?.name ?? "");
}

/**
 * Leaves at least one claim that no Pod ever named: a quota, which Kubernetes checks after all webhooks, rejects the Pods of a
 * Deployment. Returns the claims' names once the Deployment has stopped trying.
 */
export async function makeOrphans(namespace: string): Promise<string[]> {
  const before = new Set(await claimNamesIn(namespace));
  const orphans = async (): Promise<string[]> =>
    (await claimNamesIn(namespace)).filter((name) => !before.has(name));
  await apply(
    {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { namespace, name: "no-more-pods" },
      spec: { hard: { pods: "0" } },
      status: {},
    },
    deploymentWithClaims(namespace, "rejected", 1),
  );
  await eventually(
    "a claim without a Pod",
    async () => (await orphans()).length > 0,
    60_000,
  );
  await apply(deploymentWithClaims(namespace, "rejected", 0));
  return eventually("no more tries", async () => {
    const some = await orphans();
    await sleep(3_000);
    const later = await orphans();
    return some.length === later.length && later;
  });
}
