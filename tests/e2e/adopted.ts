import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { claimVolumes, nameOf } from "../support/pods-and-claims.ts";
import { core } from "./cluster.ts";

/** Fails unless the claim of each Pod has that Pod for its only owner, in the form that needs no right on the Pod. */
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
