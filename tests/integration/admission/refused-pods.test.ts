import { expect } from "chai";
import { stringify } from "yaml";
import { aPod, cacheAnnotations } from "../../support/builders.ts";
import {
  admissionSuite,
  aDeployment,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";

describe("the function and Pods that are wrong", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  const wrong = [
    {
      name: "a bad size",
      pod: aPod({
        annotations: {
          ...cacheAnnotations,
          "volume-claim-template/storage": "10GB",
        },
      }),
      says: 'annotation volume-claim-template/storage: "10GB"',
    },
    {
      name: "a missing size",
      pod: aPod({ annotations: { "volume-claim-template/name": "cache" } }),
      says: "annotation volume-claim-template/storage is missing",
    },
    {
      name: "an unknown key",
      pod: aPod({
        annotations: {
          ...cacheAnnotations,
          "volume-claim-template/sise": "1Gi",
        },
      }),
      says: 'annotation volume-claim-template/sise: "1Gi"',
    },
    {
      name: "a hostPath",
      pod: aPod({ volumes: [{ name: "cache", hostPath: { path: "/data" } }] }),
      says: 'spec.volumes[0] "cache" is of type hostPath',
    },
    {
      name: "a tmpfs",
      pod: aPod({
        volumes: [{ name: "cache", emptyDir: { medium: "Memory" } }],
      }),
      says: 'is an emptyDir with medium "Memory"',
    },
    {
      name: "a volume that is declared twice",
      pod: aPod({
        volumes: [
          { name: "cache", emptyDir: {} },
          { name: "cache", emptyDir: {} },
        ],
      }),
      says: 'volume "cache" is declared 2 times in spec.volumes; declare it once',
    },
    {
      name: "an emptyDir that is a ConfigMap as well",
      pod: aPod({
        volumes: [
          { name: "cache", emptyDir: {}, configMap: { name: "settings" } },
        ],
      }),
      says: 'spec.volumes[0] "cache" has more than one source; only an emptyDir can become a claim',
    },
    {
      name: "one volume twice at one path",
      pod: aPod({ mounts: ["cache", "cache"] }),
      says: 'spec.containers[0].volumeMounts[1] "cache" has the path of spec.containers[0].volumeMounts[0] "cache", "/cache"; give each a path of its own',
    },
    {
      name: "a volume that is nowhere",
      pod: aPod({ volumes: [], mounts: [] }),
      says: 'volume "cache" is neither in spec.volumes nor',
    },
  ];
  for (const { name, pod, says } of wrong) {
    it(`W9: refuses ${name} at kubectl with field and value, and creates nothing`, async () => {
      const namespace = await uniqueNamespace("refused");
      const body = {
        ...pod,
        metadata: { name: "wrong", annotations: pod.metadata?.annotations },
      };
      const { stderr, exitCode } = await suite.controlPlane.kubectl(
        ["create", "-n", namespace, "-f", "-"],
        { input: stringify(body) },
      );
      expect(exitCode).to.equal(1);
      expect(stderr).to.include(says).and.to.include("denied the request");
      expect(await claimsIn(suite, namespace)).to.deep.equal([]);
      expect(await podsIn(suite, namespace)).to.deep.equal([]);
    });
  }

  it("W9: tells the owner of a Deployment in an event", async () => {
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

  it("W9: leaves what is wrong with a Pod besides us to the API server's own words", async () => {
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
