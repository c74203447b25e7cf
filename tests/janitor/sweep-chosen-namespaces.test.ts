import { expect } from "chai";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import { hasFailures } from "../../janitor/actions/outcome.ts";
import { fakeCluster } from "./fake-cluster.ts";
import { aClaim } from "./objects.ts";
import { forbidden, lost, reasons, run } from "./sweep-run.ts";

describe("sweep of chosen namespaces", () => {
  const unused = aClaim({ requestUid: "unused" });

  it("J21 lists each by itself, goes on after one that is forbidden, and fails", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    cluster.before = (call) => {
      if (call.endsWith(" secret")) throw forbidden;
    };
    const report = await run(cluster, { namespaces: ["secret", "shop"] });
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "unused" });
    expect(report.namespaces[0]).to.deep.equal({
      namespace: "secret",
      outcomes: [],
      failures: ["cannot look for claims: may not"],
    });
    expect(hasFailures(report)).to.equal(true);
    expect(cluster.calls).not.to.include("listClaims everywhere");
  });

  it("fails for one that does not exist", async () => {
    const cluster = fakeCluster();
    cluster.phases["typo"] = "missing";
    const report = await run(cluster, { namespaces: ["typo", "empty"] });
    expect(report.namespaces).to.deep.equal([
      {
        namespace: "typo",
        outcomes: [],
        failures: ["there is no such namespace"],
      },
    ]);
  });

  for (const error of [lost, new ApiStatusError(401, "who are you")])
    it(`throws when none can be listed: ${error.message}`, async () => {
      const cluster = fakeCluster();
      cluster.before = () => {
        throw error;
      };
      const failure: unknown = await run(cluster, {
        namespaces: ["a", "b"],
      }).catch((thrown: unknown) => thrown);
      expect(failure).to.equal(error);
    });

  it("reports each one when all are forbidden", async () => {
    const cluster = fakeCluster();
    cluster.before = () => {
      throw forbidden;
    };
    const report = await run(cluster, { namespaces: ["a", "b"] });
    expect(report.namespaces).to.have.length(2);
    expect(hasFailures(report)).to.equal(true);
  });
});
