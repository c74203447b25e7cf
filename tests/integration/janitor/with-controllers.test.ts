import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import { eventually } from "../../support/eventually.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { janitorBesideControllers } from "./beside-controllers.ts";
import { reasonsOf, sweepOn } from "./runs.ts";

function isPatch({ method }: ProxiedRequest): boolean {
  return method === "PATCH";
}

/** The first request after the first look at the Pods that may be the one that comes too late. */
function secondLookOrPatch(): (request: ProxiedRequest) => boolean {
  let looks = 0;
  return (request) => {
    if (request.method === "GET" && request.path.endsWith("/pods")) looks += 1;
    return looks === 2 || isPatch(request);
  };
}

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
      async () => {
        const left = await suite.claimNamed(claim);
        return left?.metadata?.ownerReferences?.length === 1;
      },
    );
    const left = await suite.claimNamed(claim);
    expect(left?.metadata?.deletionTimestamp).to.equal(undefined);

    await suite.deletePod("debug");
    await suite.isGone(claim);
  });

  describe("J1 does not hand a claim to the garbage collector whose Pod gives way to another", () => {
    const cases = [
      {
        name: "before the second look",
        match: secondLookOrPatch(),
        status: {},
      },
      {
        name: "before a patch that has to be repeated",
        match: isPatch,
        status: { status: 503 },
      },
    ];
    for (const { name, match, status } of cases)
      it(name, async () => {
        const proxy = await startApiProxy(suite.controlPlane);
        const claim = await suite.boundClaim();
        await suite.runningPod("web-1", claim);
        const fault = proxy.intercept(
          match,
          {
            before: async () => {
              await suite.deletePod("web-1");
              await eventually("web-1 is gone", async () => {
                const { items } = await suite.core.listNamespacedPod({
                  namespace: suite.namespace,
                });
                return items.length === 0;
              });
              await suite.createPod("restored", claim, {
                nodeSelector: { "example.com/none": "true" },
              });
            },
            ...status,
          },
          1,
        );
        const report = await sweepOn(
          proxy.kubeconfigFor(suite.controlPlane.adminToken),
          suite.namespace,
        );
        await proxy.stop();
        expect(fault.hits).to.equal(1);
        expect(reasonsOf(report)).to.deep.equal({ [claim]: "in-use" });

        await suite.garbageCollected();
        const left = await suite.claimNamed(claim);
        expect(left?.metadata).to.include({ name: claim });
        expect(left?.metadata?.deletionTimestamp).to.equal(undefined);
        expect(left?.metadata?.ownerReferences).to.equal(undefined);
      });
  });

  it("releases a claim that is held, so that it outlives its Pod", async () => {
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim);
    await suite.sweep();
    await suite.patchClaim(claim, {
      annotations: { "volume-claim/hold": "true" },
    });
    const [outcome] = outcomesOf(await suite.sweep());
    expect(outcome).to.have.property("owners", "release");
    await suite.deletePod("web-1");
    await suite.garbageCollected();
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [claim]: "held" });
  });

  it("J3 keeps the claim of a Pod that cannot be scheduled, which nothing else protects", async () => {
    const claim = await suite.boundClaim();
    await suite.createPod("waiting", claim, {
      nodeSelector: { "example.com/none": "true" },
    });
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
    expect((await suite.claims()).has(claim)).to.equal(true);

    await suite.core.deleteNamespacedPersistentVolumeClaim({
      namespace: suite.namespace,
      name: claim,
    });
    await suite.isGone(claim);
  });

  it("J5 J15 reports a Terminating claim with the Terminating Pod that blocks it", async () => {
    const claim = await suite.boundClaim();
    await suite.runningPod("web-1", claim, {
      finalizers: ["example.com/dead-node"],
    });
    await suite.deletePod("web-1");
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [claim]: "in-use" });
    await suite.core.deleteNamespacedPersistentVolumeClaim({
      namespace: suite.namespace,
      name: claim,
    });
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

  it("deletes a bound claim, and its volume goes too", async () => {
    const claim = await suite.boundClaim();
    const volume = (await suite.claimNamed(claim))?.spec?.volumeName;
    expect(reasonsOf(await suite.sweep())).to.deep.equal({ [claim]: "unused" });
    await suite.isGone(claim);
    await eventually("the volume is gone", async () => {
      const { items } = await suite.core.listPersistentVolume();
      return items.every(({ metadata }) => metadata?.name !== volume);
    });
  });
});
