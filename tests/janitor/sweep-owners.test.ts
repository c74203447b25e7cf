import { expect } from "chai";
import { outcomesOf } from "../../janitor/actions/outcome.ts";
import { fakeCluster } from "./fake-cluster.ts";
import { aClaim, ownedBy, podOf } from "./objects.ts";
import { run, writesOf } from "./sweep-run.ts";

describe("sweep and the owners of claims", () => {
  const used = aClaim({ requestUid: "used" });

  it("releases a held claim without looking at Pods", async () => {
    const held = aClaim({
      annotations: { "volume-claim/hold": "true" },
      ownerReferences: [ownedBy(podOf(used))],
    });
    const cluster = fakeCluster({ claims: [held] });
    const report = await run(cluster);
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([]);
    expect(outcomesOf(report)[0]?.owners).to.equal("release");
    expect(cluster.calls).not.to.include("listPods shop");
  });

  it("does not set owners when told not to", async () => {
    const cluster = fakeCluster({ claims: [used] });
    cluster.pods["shop"] = [podOf(used)];
    await run(cluster, { adopt: false });
    expect(writesOf(cluster)).to.deep.equal([]);
  });
});
