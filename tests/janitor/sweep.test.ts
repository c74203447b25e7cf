import { expect } from "chai";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import { hasFailures, outcomesOf } from "../../janitor/outcome.ts";
import { NoServerTimeError } from "../../janitor/sweep.ts";
import { fakeCluster } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { aClaim, claims, MINUTE, NOW, ownedBy, podOf } from "./objects.ts";

import {
  count,
  forbidden,
  lost,
  reasons,
  run,
  unavailable,
  readsOf,
  writesOf,
} from "./sweep-run.ts";

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

  describe("J8 J21 goes on elsewhere, deletes nothing and fails where", () => {
    const other = aClaim({ namespace: "other", requestUid: "other" });
    for (const call of [
      "listPods shop",
      "namespacePhase shop",
      "getClaim shop/",
    ])
      it(`${call.trim()} fails`, async () => {
        const cluster = fakeCluster({ claims: [used, unused, other] });
        cluster.pods["shop"] = [podOf(used)];
        cluster.before = (made) => {
          if (made.startsWith(call)) throw unavailable;
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

  describe("of chosen namespaces", () => {
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

  it("looks at no further namespace after it was told to stop", async () => {
    const stop = new AbortController();
    const cluster = fakeCluster({
      claims: [unused, aClaim({ namespace: "other" })],
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
