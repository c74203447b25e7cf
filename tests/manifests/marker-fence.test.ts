import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, versionOf, without } from "./claims-of-tests.ts";
import { fenceSuite } from "./fence-suite.ts";

describe("the fence around the marker of a claim", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  const refused: { name: string; change: object; says: string }[] = [
    {
      name: "strips the label managed",
      change: { metadata: { labels: { managed: null } } },
      says: "label managed is kept by stateful-deployments",
    },
    {
      name: "hands the claim to another manager",
      change: {
        metadata: { labels: { "app.kubernetes.io/managed-by": "Helm" } },
      },
      says: "label app.kubernetes.io/managed-by is kept",
    },
    {
      name: "names another volume",
      change: {
        metadata: { labels: { "volume-claim-template/name": "data" } },
      },
      says: "label volume-claim-template/name is kept",
    },
    {
      name: "takes away the request's uid",
      change: {
        metadata: { annotations: { "volume-claim/request-uid": null } },
      },
      says: "annotation volume-claim/request-uid is kept",
    },
    {
      name: "makes a restored claim look new",
      change: {
        metadata: {
          annotations: { "volume-claim/requested-at": "2030-01-01T00:00:00Z" },
        },
      },
      says: "annotation volume-claim/requested-at is kept",
    },
    {
      name: "says that a Pod of it was seen",
      change: {
        metadata: { annotations: { "volume-claim/used-as": "x" } },
      },
      says: "annotation volume-claim/used-as is kept",
    },
    {
      name: "names another owner",
      change: {
        metadata: { annotations: { "volume-claim/owner-uid": "x" } },
      },
      says: "annotation volume-claim/owner-uid is kept",
    },
    {
      name: "marks it as unused",
      change: {
        metadata: {
          annotations: {
            "volume-claim/unused-since": "2020-01-01T00:00:00Z",
          },
        },
      },
      says: "annotation volume-claim/unused-since is kept",
    },
    {
      name: "changes two at once",
      change: {
        metadata: {
          labels: { managed: "false" },
          annotations: { "volume-claim/owner-name": "x" },
        },
      },
      says: "label managed, annotation volume-claim/owner-name are kept",
    },
  ];
  for (const { name: what, change, says } of refused) {
    it(`refuse that somebody with all rights in the namespace ${what}, and say how to keep the claim`, async () => {
      const { name: claim } = await fence.made({}, { bound: true });
      for (const subresource of ["", "/status"]) {
        expect(
          await outcomeOf(fence.tenant.patch(claim, change, subresource)),
          subresource,
        )
          .to.include(says)
          .and.to.include('volume-claim/hold: "true"');
      }
    });
  }

  it("refuse that somebody marks a claim of their own", async () => {
    const { name: claim } = versionOf(
      await fence.tenant.create(without(aClaim(fence.name()), "managed")),
    );
    expect(
      await outcomeOf(
        fence.tenant.patch(claim, {
          metadata: { labels: { managed: "true" } },
        }),
      ),
    ).to.include("label managed is kept");
  });

  const allowed: { name: string; change: object }[] = [
    {
      name: "holds a claim",
      change: { metadata: { annotations: { "volume-claim/hold": "true" } } },
    },
    {
      name: "changes its retention",
      change: {
        metadata: {
          annotations: { "volume-claim-template/retention": "Retain" },
        },
      },
    },
    {
      name: "labels and annotates it for themselves",
      change: {
        metadata: {
          labels: { team: "a" },
          annotations: { "example.com/b": "c" },
        },
      },
    },
  ];
  for (const { name: what, change } of allowed) {
    it(`let somebody who ${what} do so`, async () => {
      const { name: claim } = await fence.made();
      expect(await outcomeOf(fence.tenant.patch(claim, change))).to.equal(
        "allowed",
      );
    });
  }

  it("let a claim that is not ours change its managers as it likes", async () => {
    const claim = aClaim(fence.name(), {
      labels: { managed: "true", "app.kubernetes.io/managed-by": "Helm" },
    });
    await fence.tenant.create(claim);
    expect(
      await outcomeOf(
        fence.tenant.patch(claim.metadata?.name ?? "", {
          metadata: {
            labels: { managed: null, "app.kubernetes.io/managed-by": "Argo" },
          },
        }),
      ),
    ).to.equal("allowed");
  });

  it("let cluster administrators do everything", async () => {
    for (const by of [fence.admin, fence.clusterAdmin]) {
      const { name: claim } = await fence.made();
      expect(
        await outcomeOf(
          by.patch(claim, { metadata: { labels: { managed: null } } }),
        ),
      ).to.equal("allowed");
    }
  });

  it("refuse that an account in kube-system, even a controller's, strips the label managed", async () => {
    const { name: claim } = await fence.made();
    const { controlPlane } = fence.cluster;
    const token = await controlPlane.tokenFor(
      "kube-system",
      "persistent-volume-binder",
    );
    // It may update claims, and not patch them.
    const { metadata, ...rest } = await fence.admin.get(claim);
    const { stderr } = await controlPlane.kubectl(["replace", "-f", "-"], {
      kubeconfig: controlPlane.kubeconfigFor(token),
      input: JSON.stringify({
        ...rest,
        metadata: {
          ...metadata,
          labels: { ...metadata?.labels, managed: "false" },
        },
      }),
    });
    expect(stderr).to.include("label managed is kept by stateful-deployments");
  });

  it("let the controllers of the cluster bind, annotate, protect and let go of a claim", async () => {
    const { name: claim, uid } = await fence.made({}, { bound: true });
    const now = await fence.admin.get(claim);
    expect(now.metadata?.annotations).to.have.property(
      "pv.kubernetes.io/bind-completed",
    );
    expect(now.metadata?.finalizers).to.deep.equal([
      "kubernetes.io/pvc-protection",
    ]);
    const { controlPlane } = fence.cluster;
    const token = await controlPlane.tokenFor(
      "kube-system",
      "persistent-volume-binder",
    );
    const { stderr } = await controlPlane.kubectl(["replace", "-f", "-"], {
      kubeconfig: controlPlane.kubeconfigFor(token),
      input: JSON.stringify({
        ...now,
        metadata: {
          ...now.metadata,
          annotations: {
            ...now.metadata?.annotations,
            "volume.kubernetes.io/selected-node": "node-1",
          },
        },
      }),
    });
    expect(stderr).to.equal("");
    await fence.admin.remove(claim, { uid });
    await eventually("the claim is gone", async () =>
      (await outcomeOf(fence.admin.get(claim))).includes("not found"),
    );
  });
});
