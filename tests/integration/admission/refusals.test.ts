import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import {
  sharedControlPlane,
  skipWithout,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { functionBehindProxy, isCreate } from "./behind-proxy.ts";

describe("the function on an API server that refuses", function () {
  this.timeout(30_000);
  const suite = functionBehindProxy();

  it("W11: refuses at once, with the server's message and without a second try, when the answer is no", async () => {
    const refusals = [
      {
        status: 403,
        answered: 403,
        message:
          "exceeded quota: storage, requested: requests.storage=1Gi, used: 9Gi, limited: 9Gi",
      },
      {
        status: 422,
        answered: 422,
        message:
          'PersistentVolumeClaim "x" is invalid: spec.resources: Required value',
      },
      // As 404 it would tell whoever creates the Pod that the Pod is not found.
      { status: 404, answered: 503, message: 'namespaces "gone" not found' },
    ];
    for (const { status, answered, message } of refusals) {
      const namespace = await uniqueNamespace("no");
      suite.proxy.reset();
      suite.proxy.intercept(isCreate, {
        status,
        body: {
          kind: "Status",
          apiVersion: "v1",
          status: "Failure",
          message,
          code: status,
          reason: "Forbidden",
        },
      });
      const answer = await suite.review(namespace);
      expect(answer).to.have.nested.property("status.code", answered);
      expect(answer.status?.message).to.include(message);
      expect(
        suite.proxy.requests
          .filter(isCreate)
          .filter(({ path }) => path.includes(namespace)),
      ).to.have.lengthOf(1);
    }
  });

  it("W11: gives the words of a real LimitRange", async () => {
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

  it("W11: gives the words of a real quota", async function () {
    // Nobody else says how much of a quota is used, and until somebody does the API server refuses with other words.
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

  it("W11: gives the words of missing rights", async () => {
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

  it("W11: refuses a Pod of a namespace that is being deleted", async () => {
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
});
