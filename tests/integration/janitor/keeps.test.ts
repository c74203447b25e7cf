import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import { reasonsOf } from "./runs.ts";
import { BOUND, janitorAlone } from "./suite.ts";

describe("what the janitor keeps on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("keeps");

  it("J3 J4 J5 J6 keeps the claims of Pods that wait, have finished, are Terminating or use them by hand or as ephemeral", async () => {
    const [waiting = "", finished = "", terminating = "", ephemeral = ""] =
      await suite.createClaims(4);
    await suite.createPod("waiting", waiting, { byHand: true });
    await suite.createPod("finished", finished);
    await suite.setPodStatus("finished", { phase: "Succeeded" });
    await suite.createPod("terminating", terminating, {
      finalizers: ["example.com/dead-node"],
    });
    await suite.deletePod("terminating");
    const [volume = "", ...parts] = ephemeral.split("-").toReversed();
    const pod = parts.toReversed().join("-");
    await suite.createPod(pod, ephemeral, {
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
    expect(
      outcomesOf(report).map(({ decision }) => decision.why),
    ).to.have.members([
      "used by Pod waiting (Pending, no node yet)",
      "used by Pod finished (Succeeded, no node yet)",
      "used by Pod terminating (Pending, no node yet, Terminating)",
      `used by Pod ${pod} (Pending, no node yet)`,
    ]);
    expect(await suite.names()).to.have.length(4);
  });

  it("J16 only reads in a namespace that is Terminating", async () => {
    const claim = await suite.createClaim();
    await suite.core.deleteNamespace({ name: suite.namespace });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [claim]: "namespace-terminating",
    });
    expect(hasFailures(report)).to.equal(false);
    const methods = suite.proxy.requests.map(({ method }) => method);
    expect(new Set(methods)).to.deep.equal(new Set(["GET"]));
  });

  it("keeps and releases the source of a clone until the clone is Bound", async () => {
    const source = await suite.createClaim({ annotations: BOUND });
    await suite.createPod("web-1", source, { spec: { nodeName: "node-1" } });
    await suite.sweep();
    expect(await suite.ownersOf(source)).to.deep.equal(["web-1"]);
    const { core, namespace } = suite;
    const clone = await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: "clone" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Mi" } },
          dataSource: { kind: "PersistentVolumeClaim", name: source },
        },
      },
    });
    await suite.sweep();
    expect(await suite.ownersOf(source)).to.deep.equal([]);
    await suite.deletePod("web-1");
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome?.decision).to.include({
      reason: "source-of-clone",
      why: "the volume of clone is still to be copied from it",
    });
    await core.replaceNamespacedPersistentVolumeClaimStatus({
      namespace,
      name: "clone",
      body: { ...clone, status: { phase: "Bound" } },
    });
    expect(await suite.reasons()).to.deep.equal({ [source]: "unused" });
    expect(await suite.names()).to.deep.equal(["clone"]);
  });
});
