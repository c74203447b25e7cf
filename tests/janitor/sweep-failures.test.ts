import { expect } from "chai";
import { hasFailures } from "../../janitor/actions/outcome.ts";
import { fakeCluster } from "./fake-cluster.ts";
import { aClaim, claims, ownedBy, podOf } from "./objects.ts";
import {
  forbidden,
  isRecheck,
  reasons,
  run,
  unavailable,
} from "./sweep-run.ts";

describe("sweep with calls that fail", () => {
  const used = aClaim({ requestUid: "used" });
  const unused = aClaim({ requestUid: "unused" });

  describe("J8 J21 goes on elsewhere, deletes nothing and fails where", () => {
    const other = aClaim({ namespace: "other", requestUid: "other" });
    for (const call of [
      "listAllClaims shop",
      "listPods shop",
      "namespacePhase shop",
      "re-check of shop",
    ])
      it(`${call} fails`, async () => {
        const cluster = fakeCluster({ claims: [used, unused, other] });
        cluster.pods["shop"] = [podOf(used)];
        cluster.before = (made) => {
          if (made === call) throw unavailable;
          if (
            call.startsWith("re-check") &&
            made === "listAllClaims shop" &&
            isRecheck(cluster, made)
          )
            throw unavailable;
        };
        const report = await run(cluster, { adopt: false });
        expect(reasons(report)).to.include({
          [unused.uid]: "namespace-failed",
          [other.uid]: "unused",
        });
        expect(cluster.claims.map(({ uid }) => uid)).to.have.members([
          used.uid,
          unused.uid,
        ]);
        expect(
          report.namespaces.flatMap(({ failures }) => failures),
        ).to.have.length(1);
        expect(hasFailures(report)).to.equal(true);
      });
  });

  it("J6 says of a held claim that it is held, even where nothing can be read", async () => {
    const held = aClaim({
      requestUid: "held",
      annotations: { "volume-claim/hold": "true" },
    });
    const cluster = fakeCluster({ claims: [held, unused] });
    cluster.before = (made) => {
      if (made === "listPods shop") throw unavailable;
    };
    expect(reasons(await run(cluster))).to.deep.equal({
      [held.uid]: "held",
      [unused.uid]: "namespace-failed",
    });
  });

  it("reports a missing right to patch once, and deletes all the same", async () => {
    const owner = ownedBy(podOf(used));
    const held = claims(20, {
      annotations: { "volume-claim/hold": "true" },
      ownerReferences: [owner],
    });
    const cluster = fakeCluster({ claims: [...held, unused] });
    cluster.before = (call) => {
      if (call.startsWith("patchClaim")) throw forbidden;
    };
    const report = await run(cluster, { concurrency: 1 });
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot release owners of claims or set marks on them: may not",
    ]);
    expect(
      cluster.calls.filter((call) => call.startsWith("patch")),
    ).to.have.length(1);
    expect(cluster.claims).to.have.length(20);
  });
});
