import { expect } from "chai";
import { aClaim } from "./claims.ts";
import { fenceSuite, itIsFenced } from "./fence-suite.ts";
import { NAMESPACE } from "./installed-cluster.ts";

describe("the policy about the function", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  itIsFenced(fence, "function");

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
