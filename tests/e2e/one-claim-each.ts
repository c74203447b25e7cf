import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { claimVolumes, nameOf, statusOf } from "../support/pods-and-claims.ts";
import { eventually } from "../support/eventually.ts";
import { claimsIn, kubectl, podsIn } from "./cluster.ts";
import { isReady } from "./workloads.ts";

/** A container of one small image per replica, and a helper Pod for the directory of each volume, on a busy node. */
const readyTimeoutMs = 180_000;

/** Waits until exactly `count` Pods of a workload are there and all of them are ready. */
export async function readyPods(
  namespace: string,
  app: string,
  count: number,
  timeoutMs = readyTimeoutMs,
): Promise<V1Pod[]> {
  return eventually(
    `${count} Pods of ${app} ready`,
    async () => {
      const pods = await podsIn(namespace, `app=${app}`);
      return pods.length === count && pods.every(isReady) && pods;
    },
    timeoutMs,
  );
}

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

/** The names of the files in a Pod's volume, as the Pod sees them. */
export async function filesSeenBy(pod: V1Pod): Promise<string[]> {
  const listing = await kubectl([
    "exec",
    "--namespace",
    pod.metadata?.namespace ?? "",
    nameOf(pod),
    "--",
    "ls",
    "/data",
  ]);
  return listing.split("\n").filter((name) => name !== "");
}
