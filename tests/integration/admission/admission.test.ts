import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { stringify } from "yaml";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { cacheAnnotations } from "../../support/builders.ts";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { aPodWith } from "../../support/pods-with-volumes.ts";

describe("the function on a real control plane", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  function kubectlCreate(
    namespace: string,
    object: object,
    ...flags: readonly string[]
  ): ReturnType<ControlPlane["kubectl"]> {
    return suite.controlPlane.kubectl(
      ["create", "-n", namespace, "-f", "-", ...flags],
      { input: stringify(object) },
    );
  }

  it("W10: gives each Pod of a Deployment a Bound claim of its own, and the Deployment creates no more Pods", async () => {
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
    for (const { status } of claims) expect(status?.phase).to.equal("Bound");
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
    expect(await podsIn(suite, namespace)).to.have.lengthOf(3);
    for (const { metadata } of claims) {
      expect(metadata?.annotations).to.include({
        "volume-claim/owner-kind": "ReplicaSet",
        "volume-claim/owner-name": owner?.metadata?.name,
        "volume-claim/owner-uid": owner?.metadata?.uid,
      });
      expect(metadata?.ownerReferences).to.equal(undefined);
    }
  });

  it("W7: names the claim after generateName, not after the name that the Pod gets later", async () => {
    const namespace = await uniqueNamespace("generate-name");
    const body = aBarePod("");
    const annotations = { ...cacheAnnotations };
    body.metadata = { generateName: "job-", annotations };
    const created = await suite.core.createNamespacedPod({ namespace, body });
    const claim = claimOf(created) ?? "";
    expect(claim).to.match(/^job-cache-[a-z0-9]{10}$/);
    expect(claim).not.to.include(created.metadata?.name?.slice("job-".length));
  });

  it("W17: creates the claim before the Pod exists", async () => {
    const namespace = await uniqueNamespace("order");
    // Without a class no provisioner binds the claim, so it keeps its first resourceVersion.
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

  it("W10: keeps every label of the user", async () => {
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
    const long = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod(`${"p".repeat(200)}.${"q".repeat(40)}`),
    });
    expect(claimOf(long)).to.have.lengthOf(63);
  });

  it("W9: leaves other mistakes in a Pod to the API server", async () => {
    const namespace = await uniqueNamespace("no-containers");
    const pod = aBarePod("bare");
    if (pod.spec) pod.spec.containers = [];
    const { stderr } = await kubectlCreate(namespace, pod, "--validate=false");
    expect(stderr).to.include("spec.containers: Required value");
    expect(stderr).not.to.include("webhook");
  });

  it("W4: does not change a restored Pod and its claim", async () => {
    const namespace = await uniqueNamespace("restore");
    const create = (body: V1Pod) =>
      suite.core.createNamespacedPod({ namespace, body });
    const uids = async () =>
      (await claimsIn(suite, namespace)).map(({ metadata }) => metadata?.uid);
    const original = await create(aBarePod("db"));
    const claimName = claimOf(original) ?? "";
    const before = await uids();
    expect(before).to.have.lengthOf(1);
    // A restore under another name, beside the original.
    const restored = await create(
      aBarePod("restored", {
        labels: original.metadata?.labels ?? {},
        volumes: [{ name: "cache", persistentVolumeClaim: { claimName } }],
      }),
    );
    expect(claimOf(restored)).to.equal(claimName);
    expect(await uids()).to.deep.equal(before);
  });

  it("W4: a copy of a Pod by kubectl keeps the claim of that Pod, and kubectl shows a warning", async () => {
    const namespace = await uniqueNamespace("copy");
    const original = await suite.core.createNamespacedPod({
      namespace,
      body: aBarePod("db", { labels: { app: "db" } }),
    });
    const claim = claimOf(original);
    const { stderr, exitCode } = await suite.controlPlane.kubectl([
      "debug",
      "db",
      "-n",
      namespace,
      "--copy-to=db-copy",
      "--image=app:2",
      "--keep-annotations",
    ]);
    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.include(
      `Warning: volume "cache" keeps claim "${claim}", whose name has the form that stateful-deployments gives; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
    );
    const copy = await suite.core.readNamespacedPod({
      namespace,
      name: "db-copy",
    });
    expect(Object.keys(copy.metadata?.labels ?? {}).join()).not.to.match(
      /app|volume-claim/,
    );
    expect(copy.metadata?.annotations).to.include(cacheAnnotations);
    expect(claimOf(copy)).to.equal(claim);
    expect(await claimsIn(suite, namespace)).to.have.lengthOf(1);
  });

  it("W6: answers a server-side dry run with the claim and writes nothing", async () => {
    const namespace = await uniqueNamespace("dry-run");
    const { stdout, stderr } = await kubectlCreate(
      namespace,
      aBarePod("dry"),
      "--dry-run=server",
      "--output=json",
    );
    expect(stderr).to.equal("");
    expect(claimOf(JSON.parse(stdout))).to.match(/^dry-cache-/);
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });

  it("admits a Pod whose review is six times as large as the request to the API server", async () => {
    const namespace = await uniqueNamespace("large");
    const body = aBarePod("large");
    // The API server writes each of these as six bytes.
    for (const container of body.spec?.containers ?? [])
      container.args = ["<".repeat(600_000)];
    const created = await suite.core.createNamespacedPod({ namespace, body });
    expect(claimOf(created)).to.match(/^large-cache-/);
  });

  it("W8: a kubelet can create the mirror Pod of an annotated static Pod", async () => {
    const namespace = await uniqueNamespace("mirror");
    const node = await suite.core.readNode({ name: "node-1" });
    const pod = aBarePod("static-node-1", {
      annotations: {
        ...cacheAnnotations,
        "kubernetes.io/config.mirror": "abc",
        "kubernetes.io/config.source": "file",
      },
    });
    const owner = {
      apiVersion: "v1",
      kind: "Node",
      name: "node-1",
      uid: node.metadata?.uid ?? "",
      controller: true,
    };
    Object.assign(pod.metadata ?? {}, { ownerReferences: [owner] });
    Object.assign(pod.spec ?? {}, {
      nodeName: "node-1",
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    });
    const { stderr, exitCode } = await kubectlCreate(
      namespace,
      pod,
      "--as=system:node:node-1",
      "--as-group=system:nodes",
    );
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    const [mirror] = await podsIn(suite, namespace);
    expect(mirror?.spec?.volumes?.[0]).to.deep.equal({
      name: "cache",
      emptyDir: {},
    });
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    // The condition in the webhook configuration excludes it, so the function is not called.
    expect(
      suite.running.log.filter((line) => line["namespace"] === namespace),
    ).to.deep.equal([]);
  });

  it("W18: warns at kubectl of a Pod that bypasses the scheduler", async () => {
    const namespace = await uniqueNamespace("node-name");
    const pod = aBarePod("pinned");
    pod.spec = { containers: [], ...pod.spec, nodeName: "node-1" };
    const { stderr } = await kubectlCreate(namespace, pod);
    expect(stderr).to.include(
      'Warning: spec.nodeName "node-1" bypasses the scheduler',
    );
  });

  it("shows what the API server warns of in each claim, as for a claim that a person creates", async () => {
    const namespace = await uniqueNamespace("warned");
    const warningsOf = async (object: object): Promise<readonly string[]> => {
      const { stderr, exitCode } = await kubectlCreate(namespace, object);
      expect(exitCode, stderr).to.equal(0);
      return [...stderr.matchAll(/^Warning: (.*)$/gm)].map(
        ([, text = ""]) => text,
      );
    };
    const [byHand = ""] = await warningsOf({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "by-hand" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1500m" } },
      },
    });
    expect(byHand).to.include('fractional byte value "1500m" is invalid');
    const warnings = await warningsOf(
      aPodWith([
        { name: "data", storage: "1500m" },
        { name: "wal", storage: "2Gi" },
        { name: "log", storage: "2500m" },
      ]),
    );
    expect(warnings.filter((text) => text.startsWith("Persis"))).to.deep.equal([
      `PersistentVolumeClaim of volume "data": ${byHand}`,
      `PersistentVolumeClaim of volume "log": ${byHand.replace("1500m", "2500m")}`,
    ]);
  });
});
