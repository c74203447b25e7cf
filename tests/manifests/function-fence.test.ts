import { expect } from "chai";
import { aClaim } from "./claims.ts";
import type { ClaimOver } from "./claims.ts";
import { fenceSuite } from "./fence-suite.ts";
import { NAMESPACE } from "./installed-cluster.ts";

const OWN = "may create and delete only claims of its own: labels managed=true";
const NEITHER = "neither owners nor finalizers";
const aPod = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };

describe("the policy about the function", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  it("allows to create a claim with our markers, and to delete one without a volume", async () => {
    expect(await fence.function.create(aClaim("new"))).to.equal("allowed");
    const claim = await fence.made();
    expect(await fence.function.remove(claim, ["uid"])).to.equal("allowed");
  });

  const created: Record<string, [over: ClaimOver, says: string]> = {
    "without label managed": [{ drop: "managed" }, OWN],
    "without label managed-by": [{ drop: "app.kubernetes.io/managed-by" }, OWN],
    "with the managed-by of another manager": [
      { labels: { "app.kubernetes.io/managed-by": "Helm" } },
      OWN,
    ],
    "without the name of its volume": [
      { drop: "volume-claim-template/name" },
      OWN,
    ],
    "without the request's uid": [{ drop: "volume-claim/request-uid" }, OWN],
    "with owners": [{ ownerReferences: [aPod] }, NEITHER],
    "with finalizers": [{ finalizers: ["example.com/x"] }, NEITHER],
  };
  for (const [title, [over, says]] of Object.entries(created))
    it(`rejects that it creates a claim ${title}`, async () => {
      expect(await fence.function.create(aClaim("new", over))).to.include(says);
    });

  for (const spared of [
    "kube-system",
    "knative-serving",
    "kourier-system",
    NAMESPACE,
  ])
    it(`rejects that it creates a claim in ${spared}, whose Pods are not sent to it`, async () => {
      const elsewhere = await fence.as(NAMESPACE, "function", spared);
      expect(await elsewhere.create(aClaim("new"))).to.include(
        `makes no claims in namespace ${spared}`,
      );
    });

  const kept: Record<string, [over: ClaimOver, says: string]> = {
    "that is bound": [{ bound: true }, "only a claim without a volume"],
    "for which a disk is being made on a node": [
      { annotations: { "volume.kubernetes.io/selected-node": "node-1" } },
      "a Pod that uses this one was given a node",
    ],
    "that has an owner": [{ ownerReferences: [aPod] }, "this one has an owner"],
    "of another manager": [{ drop: "managed" }, "only claims of its own"],
  };
  for (const [title, [over, says]] of Object.entries(kept))
    it(`rejects that it deletes a claim ${title}`, async () => {
      const claim = await fence.made(over);
      expect(await fence.function.remove(claim, ["uid"])).to.include(says);
    });

  it("rejects that it deletes a claim that is being deleted, or one by its name alone", async () => {
    const claim = await fence.made();
    expect(await fence.function.remove(claim, [])).to.include(
      "by name and uid only",
    );
    await fence.admin.remove(claim);
    expect(await fence.function.remove(claim, ["uid"])).to.include(
      "this one is being deleted",
    );
  });
});
