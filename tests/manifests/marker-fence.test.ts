import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { label } from "./claims.ts";
import { fenceSuite, itIsFenced } from "./fence-suite.ts";

describe("the policy about the markers of a claim", function () {
  this.timeout(60_000);
  const fence = fenceSuite();
  let claim: string;

  before(async () => {
    claim = await fence.made({ bound: true, finalizers: [] });
  });

  itIsFenced(fence, "tenant");

  it("says how to keep the claim", async () => {
    expect(
      await fence.tenant.patch(claim, label({ managed: null })),
    ).to.include('volume-claim/hold: "true"');
  });

  it("rejects that a tenant marks a claim of their own", async () => {
    const theirs = await fence.made({ drop: "managed" });
    expect(
      await fence.tenant.patch(theirs, label({ managed: "true" })),
    ).to.include("label managed is kept");
  });

  it("allows that a tenant hands a claim of another manager on", async () => {
    const theirs = await fence.made({
      labels: { managed: "true", "app.kubernetes.io/managed-by": "Helm" },
    });
    expect(
      await fence.tenant.patch(
        theirs,
        label({ managed: null, "app.kubernetes.io/managed-by": "Argo" }),
      ),
    ).to.equal("allowed");
  });

  /** Replaces the claim as a controller with this account does: it may update claims, but not patch them. */
  async function replaced(metadata: object): Promise<string> {
    const { controlPlane } = fence.cluster;
    const token = await controlPlane.tokenFor(
      "kube-system",
      "persistent-volume-binder",
    );
    const now = await fence.admin.get(claim);
    const { stderr } = await controlPlane.kubectl(["replace", "--filename=-"], {
      kubeconfig: controlPlane.kubeconfigFor(token),
      input: JSON.stringify({
        ...now,
        metadata: { ...now.metadata, ...metadata },
      }),
    });
    return stderr;
  }

  describe("about the controllers of the cluster", () => {
    it("rejects that one of them removes label managed", async () => {
      expect(await replaced({ labels: {} })).to.include(
        "are kept by stateful-deployments",
      );
    });

    it("allows that they bind, annotate, protect and delete a claim", async () => {
      const { metadata } = await fence.admin.get(claim);
      expect(metadata?.annotations).to.have.property(
        "pv.kubernetes.io/bind-completed",
      );
      expect(metadata?.finalizers).to.deep.equal([
        "kubernetes.io/pvc-protection",
      ]);
      const annotations = {
        ...metadata?.annotations,
        "volume.kubernetes.io/selected-node": "node-1",
      };
      expect(await replaced({ annotations })).to.equal("");
      await fence.admin.remove(claim);
      await eventually("the claim is gone", async () =>
        (await fence.tenant.patch(claim, {})).includes("not found"),
      );
    });
  });
});
