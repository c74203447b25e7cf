import { expect } from "chai";
import type { V1Deployment } from "@kubernetes/client-node";
import { admissionSuite } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { sideBySide } from "../../support/side-by-side.ts";
import {
  claimNames,
  claimsOfRunning,
  rollOut,
  reusingDeployment,
  scale,
} from "./reuse-suite.ts";

type Strategy = NonNullable<V1Deployment["spec"]>["strategy"];

describe("claims that are reused, on a real control plane", function () {
  this.timeout(180_000);
  const suite = admissionSuite(5_000);

  async function rollout(strategy: Strategy): Promise<void> {
    const namespace = await uniqueNamespace("rollout");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment("db", 3, { "on-miss": "Wait" }, strategy),
    });
    const claims = await claimsOfRunning(suite, namespace, 3);
    const after = await rollOut(suite, namespace, "db", 3);
    expect(after).to.deep.equal(claims);
    expect(await claimNames(suite, namespace)).to.deep.equal(claims);
  }

  sideBySide({
    "come back in a rollout with Recreate and Wait: the same three claims, and no other":
      () => rollout({ type: "Recreate" }),

    "come back in a rollout with maxSurge 0 and Wait: the same three claims, and no other":
      () =>
        rollout({
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
        }),

    "come back after a scale to zero, and to one, and two new ones are created for a scale-up":
      async () => {
        const namespace = await uniqueNamespace("scaled");
        await suite.apps.createNamespacedDeployment({
          namespace,
          body: reusingDeployment("db", 3, { "on-miss": "Wait" }),
        });
        const claims = await claimsOfRunning(suite, namespace, 3);
        for (const fewer of [0, 1]) {
          await scale(suite, namespace, "db", fewer);
          await claimsOfRunning(suite, namespace, fewer);
          await scale(suite, namespace, "db", 3);
          expect(await claimsOfRunning(suite, namespace, 3)).to.deep.equal(
            claims,
          );
        }
        await scale(suite, namespace, "db", 5);
        const five = await claimsOfRunning(suite, namespace, 5);
        expect(five).to.include.members(claims);
        expect(await claimNames(suite, namespace)).to.deep.equal(five);
      },
  });
});
