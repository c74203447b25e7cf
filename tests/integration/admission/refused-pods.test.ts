import { expect } from "chai";
import { stringify } from "yaml";
import { cacheAnnotations } from "../../support/builders.ts";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

describe("the function and wrong Pods", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("W9: rejects a wrong Pod at kubectl with every field and value, and creates nothing", async () => {
    const namespace = await uniqueNamespace("rejected");
    const pod = aBarePod("wrong", {
      annotations: {
        ...cacheAnnotations,
        "volume-claim-template/storage": "10GB",
        "volume-claim-template/sise": "1Gi",
      },
      volumes: [{ name: "cache", hostPath: { path: "/data" } }],
    });
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: stringify(pod) },
    );
    expect(exitCode).to.equal(1);
    expect(stderr)
      .to.include("denied the request")
      .and.to.include('annotation volume-claim-template/storage: "10GB"')
      .and.to.include('annotation volume-claim-template/sise: "1Gi"')
      .and.to.include('spec.volumes[0] "cache" is of type hostPath');
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });

  it("W9: shows the owner of a Deployment the reason in an event", async () => {
    const namespace = await uniqueNamespace("event");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 1, {
        ...cacheAnnotations,
        "volume-claim-template/storage": "0",
      }),
    });
    const message = await eventually("the ReplicaSet reports", async () => {
      const { items } = await suite.core.listNamespacedEvent({ namespace });
      return items.find(({ reason }) => reason === "FailedCreate")?.message;
    });
    expect(message).to.include(
      'annotation volume-claim-template/storage: "0" must be greater than zero',
    );
  });

  it("W9: leaves other mistakes in a Pod to the API server", async () => {
    const namespace = await uniqueNamespace("no-containers");
    const { stderr } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "--validate=false", "-f", "-"],
      {
        input: stringify({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "bare", annotations: cacheAnnotations },
          spec: { volumes: [{ name: "cache", emptyDir: {} }] },
        }),
      },
    );
    expect(stderr).to.include("spec.containers: Required value");
    expect(stderr).not.to.include("webhook");
  });
});
