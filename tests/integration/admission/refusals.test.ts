import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  skipWithout,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { functionBehindProxy } from "./behind-proxy.ts";

describe("the function when the API server rejects the claim", function () {
  this.timeout(30_000);
  const suite = functionBehindProxy();

  it("W11: passes on the message of a LimitRange", async () => {
    const namespace = await uniqueNamespace("limited");
    await suite.core.createNamespacedLimitRange({
      namespace,
      body: {
        metadata: { name: "small" },
        spec: {
          limits: [
            { type: "PersistentVolumeClaim", max: { storage: "500Mi" } },
          ],
        },
      },
    });
    const limited = await suite.review(namespace);
    expect(limited.status?.message).to.include(
      "maximum storage usage per PersistentVolumeClaim is 500Mi",
    );
  });

  it("W11: passes on the message of a quota", async function () {
    // Only the controller manager counts what is used. Until then the API server rejects with another message.
    skipWithout(this, await sharedControlPlane(), "kube-controller-manager");
    const namespace = await uniqueNamespace("quota");
    await suite.core.createNamespacedResourceQuota({
      namespace,
      body: {
        metadata: { name: "none" },
        spec: { hard: { persistentvolumeclaims: "0" } },
      },
    });
    await eventually("the quota is in force", async () =>
      (await suite.review(namespace)).status?.message.includes(
        "exceeded quota: none",
      ),
    );
  });

  it("W11: passes on the message about missing rights", async () => {
    const namespace = await uniqueNamespace("powerless");
    const controlPlane = await sharedControlPlane();
    await suite.core.createNamespacedServiceAccount({
      namespace,
      body: { metadata: { name: "nobody" } },
    });
    const powerless = await startFunction(
      controlPlane,
      controlPlane.kubeconfigFor(
        await controlPlane.tokenFor(namespace, "nobody"),
      ),
    );
    try {
      const answer = await suite.review(namespace, { of: powerless });
      expect(answer.status?.message)
        .to.include("cannot create PersistentVolumeClaim")
        .and.to.include(`system:serviceaccount:${namespace}:nobody`);
    } finally {
      await powerless.stop();
    }
  });

  it("W11: rejects a Pod of a namespace that is being deleted", async () => {
    const namespace = await uniqueNamespace("terminating");
    await suite.core.createNamespacedConfigMap({
      namespace,
      body: {
        metadata: { name: "keeps-it", finalizers: ["example.com/stay"] },
      },
    });
    await suite.core.deleteNamespace({ name: namespace });
    const answer = await suite.review(namespace);
    expect(answer.status).to.have.property("code", 403);
    expect(answer.status?.message).to.include("because it is being terminated");
    await suite.core.replaceNamespacedConfigMap({
      namespace,
      name: "keeps-it",
      body: { metadata: { name: "keeps-it" } },
    });
  });

  it("W11: does not answer 404 for a namespace that does not exist", async () => {
    const answer = await suite.review("nowhere-at-all");
    expect(answer.status).to.have.property("code", 503);
    expect(answer.status?.message).to.match(
      /^cannot create PersistentVolumeClaim nowhere-at-all\/\S+: namespaces "nowhere-at-all" not found$/,
    );
  });
});
