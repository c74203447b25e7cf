import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { annotate, label } from "./claims.ts";
import { fenceSuite } from "./fence-suite.ts";

describe("the policy about the markers of a claim", function () {
  this.timeout(60_000);
  const fence = fenceSuite();
  let claim: string;

  before(async () => {
    claim = await fence.made({ bound: true, finalizers: [] });
  });

  const rejected: Record<string, [change: object, keys: string]> = {
    "removes label managed": [label({ managed: null }), "label managed is"],
    "hands the claim to another manager": [
      label({ "app.kubernetes.io/managed-by": "Helm" }),
      "label app.kubernetes.io/managed-by is",
    ],
    "names another volume": [
      label({ "volume-claim-template/name": "data" }),
      "label volume-claim-template/name is",
    ],
    "changes two at once": [
      {
        metadata: {
          labels: { managed: "false" },
          annotations: { "volume-claim/owner-name": "x" },
        },
      },
      "label managed, annotation volume-claim/owner-name are",
    ],
  };
  for (const [key, value] of Object.entries({
    "volume-claim/request-uid": null,
    // A restored claim would look new.
    "volume-claim/requested-at": "2030-01-01T00:00:00Z",
    "volume-claim/used-as": "x",
    "volume-claim/owner-uid": "x",
    "volume-claim/unused-since": "2020-01-01T00:00:00Z",
  }))
    rejected[`changes annotation ${key}`] = [
      annotate({ [key]: value }),
      `annotation ${key} is`,
    ];
  for (const [title, [change, keys]] of Object.entries(rejected))
    it(`rejects that a tenant ${title}, and says how to keep the claim`, async () => {
      for (const subresource of ["", "/status"])
        expect(
          await fence.tenant.patch(claim, change, subresource),
          subresource,
        )
          .to.include(`${keys} kept by stateful-deployments`)
          .and.to.include('volume-claim/hold: "true"');
    });

  it("rejects that a tenant marks a claim of their own", async () => {
    const theirs = await fence.made({ drop: "managed" });
    expect(
      await fence.tenant.patch(theirs, label({ managed: "true" })),
    ).to.include("label managed is kept");
  });

  const allowed: Record<string, object> = {
    "holds a claim": annotate({ "volume-claim/hold": "true" }),
    "changes its retention": annotate({
      "volume-claim-template/retention": "Retain",
    }),
    "writes a label": label({ team: "a" }),
    "writes an annotation": annotate({ "example.com/b": "c" }),
  };
  for (const [title, change] of Object.entries(allowed))
    it(`allows that a tenant ${title}`, async () => {
      expect(await fence.tenant.patch(claim, change)).to.equal("allowed");
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
