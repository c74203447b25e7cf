import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import { janitorAlone } from "./suite.ts";
import { reasonsOf } from "./runs.ts";

describe("what the janitor keeps on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("keeps");

  it("J2 keeps a claim that is younger than the grace period", async () => {
    const claim = await suite.createClaim();
    const report = await suite.sweep({
      gracePeriodMs: 120_000,
    });
    expect(reasonsOf(report)).to.deep.equal({
      [claim.name]: "younger-than-grace",
    });
    expect(await suite.names()).to.deep.equal([claim.name]);
  });

  it("J3 J4 J5 keeps the claims of Pods that wait, have finished or are Terminating", async () => {
    const [waiting = "", finished = "", terminating = ""] =
      await suite.createClaims(3);
    await suite.createPod("waiting", waiting);
    await suite.createPod("finished", finished);
    await suite.core.patchNamespacedPodStatus({
      namespace: suite.namespace,
      name: "finished",
      body: [{ op: "replace", path: "/status/phase", value: "Succeeded" }],
    });
    await suite.createPod("terminating", terminating, {
      finalizers: ["example.com/dead-node"],
    });
    await suite.deletePod("terminating");
    const report = await suite.sweep();
    expect(
      outcomesOf(report).map(({ decision }) => decision.why),
    ).to.have.members([
      "used by Pod waiting (Pending, no node yet)",
      "used by Pod finished (Succeeded, no node yet)",
      "used by Pod terminating (Pending, no node yet, Terminating)",
    ]);
    expect(await suite.names()).to.have.length(3);
  });

  it("J6 keeps what is mounted by hand, has an ephemeral volume's name or is held", async () => {
    const [byHand = "", ephemeral = ""] = await suite.createClaims(2);
    const held = await suite.createClaim({
      annotations: { "volume-claim/hold": "true" },
    });
    await suite.createPod("debug", byHand, { byHand: true });
    const [volume = "", ...pod] = ephemeral.split("-").toReversed();
    await suite.createPod(pod.toReversed().join("-"), ephemeral, {
      byHand: true,
      volume: {
        name: volume,
        ephemeral: {
          volumeClaimTemplate: {
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "1Mi" } },
            },
          },
        },
      },
    });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [byHand]: "in-use",
      [ephemeral]: "in-use",
      [held.name]: "held",
    });
    expect(await suite.names()).to.have.length(3);
  });

  it("J13 keeps a claim whose volume is being made", async () => {
    const claim = await suite.createClaim({
      annotations: { "volume.kubernetes.io/selected-node": "node-1" },
    });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "provisioning" });
    expect(await suite.names()).to.deep.equal([claim.name]);
  });

  it("J15 reports a claim stuck Terminating, and leaves its finalizers alone", async () => {
    const finalizers = ["example.com/backup"];
    const claim = await suite.createClaim({ finalizers });
    const { name } = claim;
    await suite.core.deleteNamespacedPersistentVolumeClaim({
      namespace: suite.namespace,
      name,
    });
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome?.decision.reason).to.equal("terminating");
    expect(outcome?.decision.why).to.match(/example\.com\/backup$/);
    const left = await suite.claimNamed(name);
    expect(left?.metadata?.finalizers).to.deep.equal(finalizers);
    expect(
      suite.proxy.requests.every(({ method }) => method === "GET"),
    ).to.equal(true);
  });

  it("J16 only looks at a namespace that is Terminating", async () => {
    const claim = await suite.createClaim();
    await suite.core.deleteNamespace({ name: suite.namespace });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [claim.name]: "namespace-terminating",
    });
    expect(hasFailures(report)).to.equal(false);
    expect(
      suite.proxy.requests.every(({ method }) => method === "GET"),
    ).to.equal(true);
    expect(await suite.names()).to.deep.equal([claim.name]);
  });

  it("J19 leaves claims alone that carry our labels and are not ours", async () => {
    const named = await suite.createClaim({
      name: "data-postgres-0",
    });
    const owned = await suite.createClaim({
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "StatefulSet",
          name: "postgres",
          uid: "2b7a6c1e-0000-4000-8000-000000000001",
          controller: true,
        },
      ],
    });
    const foreign = await suite.createClaim({
      labels: { "app.kubernetes.io/managed-by": "another" },
    });
    const report = await suite.sweep({
      selector: "managed=true",
    });
    expect(reasonsOf(report)).to.deep.equal({
      [named.name]: "not-ours",
      [owned.name]: "foreign-controller",
      [foreign.name]: "not-ours",
    });
    expect(await suite.names()).to.have.length(3);
  });

  it("dry run: changes nothing, down to the resourceVersions", async () => {
    const [used = ""] = await suite.createClaims(3);
    await suite.patchClaim(used, {
      annotations: { "pv.kubernetes.io/bind-completed": "yes" },
    });
    await suite.createPod("web-1", used, {
      nodeName: "node-1",
    });
    const versions = async (): Promise<unknown[]> =>
      [...(await suite.claims()).values()].map(({ metadata }) => [
        metadata?.name,
        metadata?.resourceVersion,
      ]);
    const before = await versions();
    const report = await suite.sweep({ dryRun: true });
    expect(Object.values(reasonsOf(report)).toSorted()).to.deep.equal([
      "in-use",
      "unused",
      "unused",
    ]);
    expect(
      outcomesOf(report).some(({ owners }) => owners === "adopt"),
    ).to.equal(true);
    expect(await versions()).to.deep.equal(before);
    expect(
      suite.proxy.requests.every(({ method }) => method === "GET"),
    ).to.equal(true);
  });
});
