import { expect } from "chai";
import { fakeCluster } from "./fake-cluster.ts";
import { aClaim, claims } from "./objects.ts";
import { count, run, writesOf } from "./sweep-run.ts";

describe("sweep that is told to stop", () => {
  it("looks at no further namespace after it was told to stop", async () => {
    const stop = new AbortController();
    const cluster = fakeCluster({
      claims: [
        aClaim({ requestUid: "unused" }),
        aClaim({ namespace: "other" }),
      ],
    });
    cluster.before = (call) => {
      if (call.startsWith("listPods")) stop.abort();
    };
    const report = await run(cluster, { concurrency: 1 }, stop.signal);
    expect(
      cluster.calls.filter((call) => call.startsWith("listPods")),
    ).to.have.length(1);
    expect(report.interrupted).to.equal(true);
    expect(report.namespaces.flatMap(({ failures }) => failures)).to.deep.equal(
      [],
    );
    expect(cluster.claims).to.have.length(2);
  });

  it("begins no mark after it was told to stop", async () => {
    const stop = new AbortController();
    const cluster = fakeCluster({ claims: claims(30) });
    cluster.before = (call) => {
      if (call === "namespacePhase shop") stop.abort();
    };
    const report = await run(cluster, {}, stop.signal);
    expect(count(report, "interrupted")).to.equal(30);
    expect(writesOf(cluster)).to.deep.equal([]);
  });
});
