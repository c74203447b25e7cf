import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { reasonsOf, RETENTION, sweepOn } from "./runs.ts";
import { janitorBesideControllers } from "./suite.ts";

/** The request after the first list of the Pods that may be too late: the second list, or the patch. */
function secondListOrPatch(): (request: ProxiedRequest) => boolean {
  let lists = 0;
  return ({ method, path }) => {
    if (method === "GET" && path.endsWith("/pods")) lists += 1;
    return lists === 2 || method === "PATCH";
  };
}

/** Of a Pod that no node can take. */
const NOWHERE = { nodeSelector: { "example.com/none": "true" } };

describe("the janitor beside Kubernetes' controllers", function () {
  this.timeout(60_000);
  const suite = janitorBesideControllers("janitor");

  it("J17 lets the garbage collector delete an adopted claim with its last Pod, not before", async () => {
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim);
    await suite.runningPod("debug", claim, { byHand: true });
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome).to.have.property("owners", "adopt");

    await suite.deletePod("web-1");
    await eventually(
      "the garbage collector drops the first owner",
      async () => (await suite.ownersOf(claim)).length === 1,
    );
    const { deletionTimestamp } = await suite.metadataOf(claim);
    expect(deletionTimestamp).to.equal(undefined);

    await suite.deletePod("debug");
    await suite.isGone(claim);
  });

  it("J1 does not hand a claim to the garbage collector whose Pod gives way to another", async () => {
    const proxy = await startApiProxy(suite.controlPlane);
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim);
    const swapped = proxy.intercept(
      secondListOrPatch(),
      {
        before: async () => {
          const { namespace } = suite;
          await suite.deletePod("web-1");
          await eventually("web-1 is gone", async () => {
            const { items } = await suite.core.listNamespacedPod({ namespace });
            return items.length === 0;
          });
          await suite.createPod("restored", claim, { spec: NOWHERE });
        },
      },
      1,
    );
    const report = await sweepOn(
      proxy.kubeconfigFor(suite.controlPlane.adminToken),
      suite.namespace,
    );
    await proxy.stop();
    expect(swapped.hits).to.equal(1);
    expect(reasonsOf(report)).to.deep.equal({ [claim]: "in-use" });
    await suite.garbageCollected();
    const left = await suite.metadataOf(claim);
    expect(left).to.include({ name: claim });
    expect(left.deletionTimestamp).to.equal(undefined);
    expect(left.ownerReferences).to.equal(undefined);
  });

  it("kubectl annotate to Retain on an adopted claim: from the next sweep on it outlives its Pod and further sweeps", async () => {
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim);
    await suite.sweep();
    expect(await suite.ownersOf(claim)).to.deep.equal(["web-1"]);

    await suite.annotate(claim, `${RETENTION}=Retain`);
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome).to.have.property("owners", "release");
    expect(await suite.ownersOf(claim)).to.deep.equal([]);
    await suite.deletePod("web-1");
    await suite.garbageCollected();
    expect(await suite.reasons()).to.deep.equal({ [claim]: "retained" });
    const { deletionTimestamp } = await suite.metadataOf(claim);
    expect(deletionTimestamp).to.equal(undefined);
  });

  it("J3 keeps the claim of a Pod that cannot be scheduled, which nothing else protects", async () => {
    const claim = await suite.boundClaim();
    await suite.createPod("waiting", claim, { spec: NOWHERE });
    await eventually("the scheduler gave up", async () => {
      const { status } = await suite.core.readNamespacedPod({
        namespace: suite.namespace,
        name: "waiting",
      });
      return status?.conditions?.some(
        ({ reason }) => reason === "Unschedulable",
      );
    });
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome?.decision.why).to.equal(
      "used by Pod waiting (Pending, no node yet)",
    );
    expect(await suite.names()).to.deep.equal([claim]);
    await suite.deleteClaim(claim);
    await suite.isGone(claim);
  });

  it("J5 J15 reports a Terminating claim with the Terminating Pod that blocks it", async () => {
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim, {
      finalizers: ["example.com/dead-node"],
    });
    await suite.deletePod("web-1");
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [claim]: "in-use" });
    await suite.deleteClaim(claim);
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome?.decision.reason).to.equal("terminating");
    expect(outcome?.decision.why).to.match(
      /waiting for Pod web-1 \(Running, Terminating\)$/,
    );
    await suite.core.patchNamespacedPod({
      namespace: suite.namespace,
      name: "web-1",
      body: [{ op: "remove", path: "/metadata/finalizers" }],
    });
    await suite.isGone(claim);
  });
});
