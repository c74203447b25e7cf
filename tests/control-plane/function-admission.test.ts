import { expect } from "chai";
import { stringify } from "yaml";
import { aPod, cacheAnnotations } from "../support/builders.ts";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../support/admission-suite.ts";
import { eventually } from "../support/eventually.ts";
import { uniqueNamespace } from "../support/shared-control-plane.ts";

describe("the function on a real control plane", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("gives each Pod of a Deployment a Bound claim of its own", async () => {
    const namespace = await uniqueNamespace("deployment");
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 3),
    });
    const pods = await eventually("3 Pods run", async () => {
      const found = await podsIn(suite, namespace);
      return (
        found.length === 3 &&
        found.every(({ status }) => status?.phase === "Running") &&
        found
      );
    });
    const claims = await claimsIn(suite, namespace);
    expect(claims.map(({ status }) => status?.phase)).to.deep.equal([
      "Bound",
      "Bound",
      "Bound",
    ]);
    expect(pods.map(claimOf).toSorted()).to.deep.equal(
      claims.map(({ metadata }) => metadata?.name).toSorted(),
    );
    for (const pod of pods) {
      const claim = claimOf(pod);
      expect(pod.metadata?.labels).to.include({
        "volume-claim/name": claim,
        "volume-claim/cache": claim,
        tier: "web",
      });
      expect(pod.metadata?.labels).to.have.property("pod-template-hash");
    }
    const [owner] = (await suite.apps.listNamespacedReplicaSet({ namespace }))
      .items;
    for (const { metadata } of claims) {
      expect(metadata?.annotations).to.include({
        "volume-claim/owner-kind": "ReplicaSet",
        "volume-claim/owner-name": owner?.metadata?.name,
        "volume-claim/owner-uid": owner?.metadata?.uid,
      });
      expect(metadata?.ownerReferences).to.equal(undefined);
    }
  });

  it("W7: names the claim after the generateName, never after the name the Pod gets later", async () => {
    const namespace = await uniqueNamespace("generate-name");
    const pod = aBarePod("");
    pod.metadata = {
      generateName: "job-",
      annotations: { ...cacheAnnotations },
    };
    const created = await suite.core.createNamespacedPod({
      namespace,
      body: pod,
    });
    const claim = claimOf(created) ?? "";
    expect(claim).to.match(/^job-cache-[a-z0-9]{10}$/);
    expect(claim).not.to.include(created.metadata?.name?.slice("job-".length));
  });

  it("W17: has the claim there before the Pod is", async () => {
    const namespace = await uniqueNamespace("order");
    // Without a class nothing binds it, so that it keeps the revision of its creation.
    const annotations = {
      ...cacheAnnotations,
      "volume-claim-template/storage-class": "",
    };
    const pod = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("first", { annotations }),
    });
    const [claim] = await claimsIn(suite, namespace);
    expect(claim?.metadata?.name).to.equal(claimOf(pod));
    expect(Number(claim?.metadata?.resourceVersion)).to.be.below(
      Number(pod.metadata?.resourceVersion),
    );
  });

  it("W4: leaves a restored Pod and its claim as they are", async () => {
    const namespace = await uniqueNamespace("restore");
    const original = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("db"),
    });
    const claim = claimOf(original);
    await suite.core.deleteNamespacedPod({
      namespace,
      name: "db",
      gracePeriodSeconds: 0,
    });
    await eventually(
      "the Pod is gone",
      async () => (await podsIn(suite, namespace)).length === 0,
    );

    const manifest = aBarePod("db", {
      labels: original.metadata?.labels ?? {},
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: claim ?? "" } },
      ],
    });
    const restored = await suite.core.createNamespacedPod({
      namespace,
      body: manifest,
    });
    expect(claimOf(restored)).to.equal(claim);
    expect(await claimsIn(suite, namespace)).to.have.lengthOf(1);
  });

  it("W6: answers a server-side dry run with the claim and writes nothing", async () => {
    const namespace = await uniqueNamespace("dry-run");
    const { stdout, stderr } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-", "--dry-run=server", "-o", "json"],
      { input: stringify(aBarePod("dry")) },
    );
    expect(stderr).to.equal("");
    expect(claimOf(JSON.parse(stdout))).to.match(/^dry-cache-/);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });

  it("W8: lets a kubelet create the mirror Pod of an annotated static Pod", async () => {
    const namespace = await uniqueNamespace("mirror");
    const node = await suite.core.readNode({ name: "node-1" });
    const pod = aBarePod("static-node-1", {
      annotations: {
        ...cacheAnnotations,
        "kubernetes.io/config.mirror": "abc",
        "kubernetes.io/config.source": "file",
      },
    });
    pod.metadata = {
      ...pod.metadata,
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "Node",
          name: "node-1",
          uid: node.metadata?.uid ?? "",
          controller: true,
        },
      ],
    };
    pod.spec = {
      ...pod.spec,
      containers: pod.spec?.containers ?? [],
      nodeName: "node-1",
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    };
    const { stderr, exitCode } = await suite.controlPlane.kubectl(
      [
        "create",
        "-n",
        namespace,
        "-f",
        "-",
        "--as=system:node:node-1",
        "--as-group=system:nodes",
      ],
      { input: stringify(pod) },
    );
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    const [mirror] = await podsIn(suite, namespace);
    expect(mirror?.spec?.volumes?.[0]).to.deep.equal({
      name: "cache",
      emptyDir: {},
    });
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    // Not even asked: the API server's own condition has left it out.
    expect(
      suite.running.log.filter((line) => line["namespace"] === namespace),
    ).to.deep.equal([]);
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

  it("W10: keeps every label of the user, and a Deployment does not make Pods without end", async () => {
    const namespace = await uniqueNamespace("labels");
    const labels = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `example.com/label-${index}`,
        `value-${index}`,
      ]),
    );
    const many = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("many", { labels }),
    });
    expect(many.metadata?.labels)
      .to.include(labels)
      .and.to.have.property("volume-claim/cache");
    const none = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("none"),
    });
    expect(none.metadata?.labels).to.have.keys(
      "volume-claim/cache",
      "volume-claim/name",
    );
    const long = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod(`${"p".repeat(200)}.${"q".repeat(40)}`),
    });
    expect(claimOf(long)).to.have.lengthOf(63);

    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 2),
    });
    await eventually(
      "2 Pods run",
      async () =>
        (await suite.apps.readNamespacedDeployment({ namespace, name: "web" }))
          .status?.readyReplicas === 2,
    );
    expect(
      (
        await suite.core.listNamespacedPod({
          namespace,
          labelSelector: "app=web",
        })
      ).items,
    ).to.have.lengthOf(2);
  });

  it("W18: warns at kubectl of a Pod that bypasses the scheduler", async () => {
    const namespace = await uniqueNamespace("node-name");
    const pod = aBarePod("pinned");
    pod.spec = { containers: [], ...pod.spec, nodeName: "node-1" };
    const { stderr } = await suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-"],
      { input: stringify(pod) },
    );
    expect(stderr).to.include(
      'Warning: spec.nodeName "node-1" bypasses the scheduler',
    );
  });

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
});
