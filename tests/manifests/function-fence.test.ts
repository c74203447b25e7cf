import { expect } from "chai";
import { outcomeOf } from "./attempt.ts";
import { aClaim, claimsOf, versionOf, without } from "./claims-of-tests.ts";
import { fenceSuite } from "./fence-suite.ts";
import { NAMESPACE } from "./installed-cluster.ts";

describe("the fence around the function", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  it("let it create claims with its marker, and take back one without a volume", async () => {
    const created = versionOf(
      await fence.function.create(aClaim(fence.name())),
    );
    expect(
      await outcomeOf(
        fence.function.remove(created.name, { uid: created.uid }),
      ),
    ).to.equal("allowed");
  });

  for (const key of [
    "managed",
    "app.kubernetes.io/managed-by",
    "volume-claim-template/name",
    "volume-claim/request-uid",
  ]) {
    it(`refuse a claim of it without ${key}`, async () => {
      expect(
        await outcomeOf(
          fence.function.create(without(aClaim(fence.name()), key)),
        ),
      ).to.include(
        "may create and delete only claims of its own: labels managed=true",
      );
    });
  }

  it("refuse a claim of it with somebody else's managed-by", async () => {
    expect(
      await outcomeOf(
        fence.function.create(
          aClaim(fence.name(), {
            labels: { "app.kubernetes.io/managed-by": "Helm" },
          }),
        ),
      ),
    ).to.include("only claims of its own");
  });

  it("refuse a claim of it with owners or finalizers", async () => {
    const ownerReferences = [
      { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
    ];
    expect(
      await outcomeOf(
        fence.function.create(aClaim(fence.name(), { ownerReferences })),
      ),
    ).to.include("neither owners nor finalizers");
    expect(
      await outcomeOf(
        fence.function.create(
          aClaim(fence.name(), { finalizers: ["example.com/x"] }),
        ),
      ),
    ).to.include("neither owners nor finalizers");
  });

  for (const spared of [
    "kube-system",
    "knative-serving",
    "kourier-system",
    NAMESPACE,
  ]) {
    it(`refuse a claim of it in ${spared}, whose Pods are never sent to it`, async () => {
      const elsewhere = claimsOf(
        await fence.cluster.as(NAMESPACE, "function"),
        spared,
      );
      expect(
        await outcomeOf(elsewhere.create(aClaim(fence.name()))),
      ).to.include(`makes no claims in namespace ${spared}`);
    });
  }

  it("refuse every change of a claim by it", async () => {
    const { name: claim } = await fence.made();
    expect(
      await outcomeOf(
        fence.function.patch(claim, { metadata: { annotations: { a: "b" } } }),
      ),
    ).to.include("never changes a claim");
  });

  it("refuse that it deletes a claim that is bound", async () => {
    const { name: claim, uid } = await fence.made({}, { bound: true });
    expect(await outcomeOf(fence.function.remove(claim, { uid }))).to.include(
      "only a claim without a volume",
    );
    expect((await fence.admin.get(claim)).metadata?.deletionTimestamp).to.equal(
      undefined,
    );
  });

  const begun: {
    name: string;
    metadata: Parameters<typeof fence.made>[0];
    says: string;
  }[] = [
    {
      name: "for which a disk is being made on a node",
      metadata: {
        annotations: { "volume.kubernetes.io/selected-node": "node-1" },
      },
      says: "a Pod that uses this one was given a node",
    },
    {
      name: "that has an owner",
      metadata: {
        ownerReferences: [
          { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
        ],
      },
      says: "this one has an owner",
    },
  ];
  for (const { name: title, metadata, says } of begun) {
    it(`refuse that it deletes a claim ${title}`, async () => {
      const { name: claim, uid } = await fence.made({
        // Else the garbage collector, which finds no such Pod, is quicker.
        finalizers: ["example.com/test"],
        ...metadata,
      });
      expect(await outcomeOf(fence.function.remove(claim, { uid }))).to.include(
        says,
      );
      await fence.admin.patch(claim, { metadata: { finalizers: null } });
    });
  }

  it("refuse that it deletes a claim that is on its way out", async () => {
    const { name: claim, uid } = await fence.made({
      finalizers: ["example.com/test"],
    });
    await fence.admin.remove(claim, { uid });
    expect(await outcomeOf(fence.function.remove(claim, { uid }))).to.include(
      "this one is being deleted",
    );
    await fence.admin.patch(claim, { metadata: { finalizers: null } });
  });

  it("refuse that it deletes a claim of somebody else, or one by name alone", async () => {
    const theirs = versionOf(
      await fence.admin.create(without(aClaim(fence.name()), "managed")),
    );
    expect(
      await outcomeOf(fence.function.remove(theirs.name, { uid: theirs.uid })),
    ).to.include("only claims of its own");
    const own = await fence.made();
    expect(await outcomeOf(fence.function.remove(own.name))).to.include(
      "by name and uid only",
    );
  });
});
