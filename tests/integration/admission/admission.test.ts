import { expect } from "chai";
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

describe("the function on a real control plane", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

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
});
