import { expect } from "chai";
import { admissionSuite, podsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import {
  claimNames,
  claimsOfRunning,
  nameOf,
  restart,
  reusingDeployment,
  scale,
} from "./reuse-suite.ts";

describe("claims that are reused, on a real control plane", function () {
  this.timeout(180_000);
  const suite = admissionSuite(5_000);

  for (const [strategyName, strategy] of [
    ["Recreate", { type: "Recreate" }],
    [
      "maxSurge 0",
      {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
      },
    ],
  ] as const)
    it(`come back in a rollout with ${strategyName} and Wait: the same three claims, and no other`, async () => {
      const namespace = await uniqueNamespace("rollout");
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: reusingDeployment("db", 3, { "on-miss": "Wait" }, strategy),
      });
      const claims = await claimsOfRunning(suite, namespace, 3);
      const revision = await restart(suite, namespace, "db");
      const after = await claimsOfRunning(
        suite,
        namespace,
        3,
        ({ metadata }) => metadata?.labels?.["revision"] === revision,
      );
      expect(after).to.deep.equal(claims);
      expect(await claimNames(suite, namespace)).to.deep.equal(claims);
    });

  it("come back after a scale to zero, and to one, and two new ones are created for a scale-up", async () => {
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
      expect(await claimsOfRunning(suite, namespace, 3)).to.deep.equal(claims);
    }
    await scale(suite, namespace, "db", 5);
    const five = await claimsOfRunning(suite, namespace, 5);
    expect(five).to.include.members(claims);
    expect(await claimNames(suite, namespace)).to.deep.equal(five);
  });

  it("come back for the successor of a Pod that is deleted", async () => {
    const namespace = await uniqueNamespace("deleted");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment("db", 2, { "on-miss": "Wait" }),
    });
    const claims = await claimsOfRunning(suite, namespace, 2);
    const [pod] = await podsIn(suite, namespace);
    if (!pod) throw new Error("there is no Pod");
    await suite.core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
    await eventually("the Pod is gone", async () =>
      (await podsIn(suite, namespace)).every(
        (other) => nameOf(other) !== nameOf(pod),
      ),
    );
    expect(await claimsOfRunning(suite, namespace, 2)).to.deep.equal(claims);
    expect(await claimNames(suite, namespace)).to.deep.equal(claims);
  });
});
