import { expect } from "chai";
import { hasFailures } from "../../janitor/actions/outcome.ts";
import { NoServerTimeError } from "../../janitor/sweep.ts";
import { fakeCluster } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { aClaim, claims, MINUTE, NOW, podOf } from "./objects.ts";
import { readsOf, reasons, run, writesOf } from "./sweep-run.ts";

describe("sweep", () => {
  const used = aClaim({ requestUid: "used" });
  const unused = aClaim({ requestUid: "unused" });

  it("deletes exactly the claims that no Pod uses, and says so in an Event", async () => {
    const cluster = fakeCluster({
      claims: [used, unused],
      pods: { shop: [podOf(used)] },
    });
    const report = await run(cluster);
    expect(reasons(report)).to.deep.equal({
      [used.uid]: "in-use",
      [unused.uid]: "unused",
    });
    expect(cluster.claims.map(({ uid }) => uid)).to.deep.equal([used.uid]);
    expect(cluster.events).to.deep.equal([
      `shop/${unused.name}: no Pod names it, 60m old`,
    ]);
    expect(hasFailures(report)).to.equal(false);
  });

  it("J12 does nothing when the API server does not tell its time", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    cluster.serverTime = undefined;
    const failure: unknown = await run(cluster).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(NoServerTimeError);
    expect(writesOf(cluster)).to.deep.equal([]);
  });

  it("J12 counts ages by the earliest of several lists", async () => {
    const young = aClaim({ createdAt: NOW - 6 * MINUTE });
    const cluster = fakeCluster({ claims: [young] });
    let lists = 0;
    cluster.before = (call) => {
      if (!call.startsWith("listClaims")) return;
      cluster.serverTime = lists === 0 ? NOW - 2 * MINUTE : NOW;
      lists += 1;
    };
    const report = await run(cluster, {
      namespaces: ["empty", "shop"],
      concurrency: 1,
    });
    expect(reasons(report)).to.deep.equal({
      [young.uid]: "younger-than-grace",
    });
  });

  it("J16 leaves a namespace alone that is going", async () => {
    const cluster = fakeCluster({
      claims: [used, unused, aClaim({ namespace: "other" })],
      pods: { shop: [podOf(used)] },
    });
    cluster.phases["shop"] = "terminating";
    const report = await run(cluster);
    expect(reasons(report)).to.include({
      [used.uid]: "in-use",
      [unused.uid]: "namespace-terminating",
    });
    expect(
      writesOf(cluster).filter((call) => call.includes("shop/")),
    ).to.deep.equal([]);
    expect(hasFailures(report)).to.equal(false);
    expect(cluster.claims).to.have.length(2);
  });

  it("does not ask for Pods where no claim depends on them", async () => {
    const cluster = fakeCluster({ claims: [aClaim({ name: "data-pg-0" })] });
    await run(cluster);
    expect(cluster.calls).to.deep.equal(["listClaims everywhere"]);
  });

  it("dry run: looks as always, decides the same and writes nothing", async () => {
    const many = claims(30, { namespace: "many" });
    const world = (): FakeCluster => {
      const cluster = fakeCluster({ claims: [used, unused, ...many] });
      cluster.pods["shop"] = [podOf(used)];
      return cluster;
    };
    const [dry, real] = [world(), world()];
    const planned = await run(dry, { dryRun: true });
    const done = await run(real);
    expect(reasons(planned)).to.deep.equal(reasons(done));
    expect(writesOf(dry)).to.deep.equal([]);
    expect(dry.claims).to.deep.equal(world().claims);
    expect(readsOf(dry).toSorted()).to.deep.equal(readsOf(real).toSorted());
  });
});
