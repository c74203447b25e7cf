import { EventsV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { hasFailures } from "../../../janitor/actions/outcome.ts";
import type { ProxiedRequest } from "../../support/fault.ts";
import { janitorAlone } from "./suite.ts";
import { reasonsOf } from "./runs.ts";

function isDelete({ method }: ProxiedRequest): boolean {
  return method === "DELETE";
}

describe("the janitor's deletes on a real API server", function () {
  this.timeout(20_000);
  const suite = janitorAlone("deletes");

  it("deletes what no Pod uses, and writes an Event about it", async () => {
    const [used = "", unused = ""] = await suite.createClaims(2);
    await suite.createPod("web-1", used);
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [used]: "in-use",
      [unused]: "unused",
    });
    expect(report.lostEvents).to.equal(0);
    expect(await suite.names()).to.deep.equal([used]);
    const { items } = await suite.controlPlane.kubeConfig
      .makeApiClient(EventsV1Api)
      .listNamespacedEvent({ namespace: suite.namespace });
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({
      reason: "ClaimDeleted",
      type: "Normal",
    });
    expect(items[0]?.regarding).to.deep.include({
      kind: "PersistentVolumeClaim",
      name: unused,
      namespace: suite.namespace,
    });
    expect(items[0]?.note).to.match(
      /^Deleted the claim: no Pod names it, \d+s old$/,
    );
  });

  it("J17 deletes a claim whose owner is a Pod that is gone, though no garbage collector runs", async () => {
    const claim = await suite.createClaim({
      ownerReferences: [
        {
          apiVersion: "v1",
          kind: "Pod",
          name: "gone",
          uid: "2b7a6c1e-0000-4000-8000-000000000000",
        },
      ],
    });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "unused" });
    expect(await suite.names()).to.deep.equal([]);
  });

  it("J10 spares a claim that was made anew under its name right before the delete arrives", async () => {
    const claim = await suite.createClaim();
    let another = "";
    suite.proxy.intercept(isDelete, {
      before: async () => {
        const { name } = claim;
        const old = await suite.claimNamed(name);
        await suite.core.deleteNamespacedPersistentVolumeClaim({
          namespace: suite.namespace,
          name,
        });
        const labels = old?.metadata?.labels ?? {};
        const annotations = old?.metadata?.annotations ?? {};
        another = (
          await suite.createClaim({
            name,
            labels,
            annotations,
          })
        ).uid;
      },
    });
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [claim.name]: "changed-meanwhile",
    });
    expect(hasFailures(report)).to.equal(false);
    const left = await suite.claimNamed(claim.name);
    expect(left?.metadata?.uid).to.equal(another);
    expect(another).not.to.equal(claim.uid);
  });

  it("J10 spares a claim that is held right before the delete arrives, and misses none that is gone", async () => {
    const [held = "", gone = ""] = await suite.createClaims(2);
    suite.proxy.intercept(
      (request) => isDelete(request) && request.path.endsWith(held),
      {
        before: () =>
          suite.patchClaim(held, {
            annotations: { "volume-claim/hold": "true" },
          }),
      },
    );
    suite.proxy.intercept(
      (request) => isDelete(request) && request.path.endsWith(gone),
      {
        before: () =>
          suite.core.deleteNamespacedPersistentVolumeClaim({
            namespace: suite.namespace,
            name: gone,
          }),
      },
    );
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({
      [held]: "changed-meanwhile",
      [gone]: "gone-already",
    });
    expect(await suite.names()).to.deep.equal([held]);
  });

  it("J9 knows of a delete whose answer was lost", async () => {
    const claim = await suite.createClaim();
    suite.proxy.intercept(isDelete, { resetAfterWrite: true }, 1);
    const report = await suite.sweep();
    expect(reasonsOf(report)).to.deep.equal({ [claim.name]: "unused" });
    expect(hasFailures(report)).to.equal(false);
    expect(await suite.names()).to.deep.equal([]);
  });
});
