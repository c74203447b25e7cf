import { expect } from "chai";
import type { V1PersistentVolume, V1Pod } from "@kubernetes/client-node";
import { PolicyV1Api } from "@kubernetes/client-node";
import { admissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import {
  applyExample,
  claimByPod,
  examplePath,
  settled,
} from "../../support/examples.ts";
import { claimsWithoutPod, nameOf } from "../../support/pods-and-claims.ts";

describe("the examples on nodes", function () {
  this.timeout(90_000);
  const suite = admissionSuite();
  const toRestore: (readonly string[])[] = [];

  afterEach(async () => {
    for (const args of toRestore.splice(0))
      await suite.controlPlane.kubectl(args);
  });

  it("static-volumes.yaml: the claims are bound to the volumes made by hand, and each Pod runs on the node of its volume", async () => {
    const file = examplePath("static-volumes");
    const namespace = await applyExample(suite, "static-volumes");
    // Volumes and classes have no namespace.
    toRestore.push(["delete", "--wait=false", "-n", namespace, "-f", file]);
    const found = await settled(suite, namespace, 3);
    const volumes = new Map(
      (await suite.core.listPersistentVolume()).items.map((volume) => [
        volume.metadata?.name ?? "",
        volume,
      ]),
    );
    const volumeOf = new Map(
      found.claims.map((claim) => [nameOf(claim), claim.spec?.volumeName]),
    );
    expect([...volumeOf.values()]).to.have.members([
      "node-1-disk-a",
      "node-1-disk-b",
      "node-2-disk-a",
    ]);
    const claims = claimByPod(found);
    for (const pod of found.pods) {
      const volume = volumeOf.get(claims.get(nameOf(pod)) ?? "") ?? "";
      expect(pod.spec?.nodeName, volume).to.equal(nodeOf(volumes.get(volume)));
    }
    for (const { spec } of found.claims)
      expect(spec?.storageClassName).to.equal("local-disks");
  });

  it("disruption-budget.yaml: a drain waits for the budget, and each Pod that moves gets a new claim", async () => {
    const namespace = await applyExample(suite, "disruption-budget");
    const before = await settled(suite, namespace, 3);
    await eventually("the budget allows one disruption", async () => {
      const budget = await suite.controlPlane.kubeConfig
        .makeApiClient(PolicyV1Api)
        .readNamespacedPodDisruptionBudget({ namespace, name: "model-server" });
      return budget.status?.disruptionsAllowed === 1;
    });
    const onNode1 = before.pods.filter(
      ({ spec }) => spec?.nodeName === "node-1",
    );
    const [busiest, other] =
      onNode1.length > 1 ? ["node-1", "node-2"] : ["node-2", "node-1"];
    toRestore.push(["uncordon", "node-1", "node-2"]);
    // There is no room for a new Pod: without a second Pod, only one of three would be left.
    await kubectl("cordon", "node-1", "node-2");
    const [first, second] = before.pods.filter(
      ({ spec }) => spec?.nodeName === busiest,
    );
    await evict(first);
    expect(await rejectionOf(evict(second))).to.include(
      "would violate the pod's disruption budget",
    );

    await kubectl("uncordon", other);
    await kubectl(
      "drain",
      busiest,
      "--pod-selector=app=model-server",
      "--timeout=60s",
    );
    const after = await settled(suite, namespace, 3);
    for (const { spec } of after.pods)
      expect(spec?.nodeName).not.to.equal(busiest);
    const stayed = before.pods
      .filter(({ spec }) => spec?.nodeName !== busiest)
      .map(nameOf);
    expect(after.pods.map(nameOf)).to.include.members(stayed);
    const claims = new Map([...claimByPod(before), ...claimByPod(after)]);
    expect(new Set(claims.values())).to.have.lengthOf(claims.size);
    expect(claimsWithoutPod(after)).to.have.members(
      before.pods
        .filter(({ spec }) => spec?.nodeName === busiest)
        .map((pod) => claims.get(nameOf(pod))),
    );

    async function evict(pod: V1Pod | undefined): Promise<void> {
      const name = pod?.metadata?.name ?? "";
      await suite.core.createNamespacedPodEviction({
        namespace,
        name,
        body: { metadata: { name } },
      });
    }
  });

  async function kubectl(...args: string[]): Promise<void> {
    const { exitCode, stderr } = await suite.controlPlane.kubectl(args);
    expect(exitCode, stderr).to.equal(0);
  }
});

async function rejectionOf(request: Promise<void>): Promise<string> {
  return await request.then(
    () => "it was not rejected",
    (error: unknown) => String(error),
  );
}

/** The node of a local volume. */
function nodeOf(volume: V1PersistentVolume | undefined): string | undefined {
  const [term] = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return term?.matchExpressions?.[0]?.values?.[0];
}
