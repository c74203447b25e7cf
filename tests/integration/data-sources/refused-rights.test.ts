import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { startFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  skipWithout,
  startTimeoutMs,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { review } from "./world.ts";
import { installSnapshots } from "./snapshots.ts";

describe("a volume whose source the function may not read", function () {
  this.timeout(60_000);
  let controlPlane: ControlPlane;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await sharedControlPlane();
    skipWithout(this, controlPlane, "kubectl");
    await installSnapshots(controlPlane);
  });

  for (const [source, verb] of [
    ["VolumeSnapshot/nightly", "get"],
    ["VolumeSnapshot?app=orders", "list"],
  ] as const)
    it(`W9: is refused when the function may not ${verb} snapshots, in words that say whose right is missing`, async () => {
      const namespace = await uniqueNamespace("no-right");
      const name = "nobody";
      const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
      await core.createNamespacedServiceAccount({
        namespace,
        body: { metadata: { name } },
      });
      const token = await controlPlane.tokenFor(namespace, name);
      const powerless = await startFunction(
        controlPlane,
        controlPlane.kubeconfigFor(token),
      );
      try {
        const answer = await review(powerless, namespace, source);
        expect(answer.allowed).to.equal(false);
        expect(answer.status?.code).to.equal(403);
        expect(answer.status?.message).to.include(
          `cannot be used: stateful-deployments may not read VolumeSnapshots in namespace ${namespace}: volumesnapshots.snapshot.storage.k8s.io`,
        );
        expect(answer.status?.message).to.include(
          `cannot ${verb} resource "volumesnapshots"`,
        );
      } finally {
        await powerless.stop();
      }
    });
});
