import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { SweepReport } from "../../../janitor/actions/outcome.ts";
import { fakeCluster, touched } from "../fake-cluster.ts";
import type { FakeCluster } from "../fake-cluster.ts";
import { aClaim, claims, ownedBy, podOf } from "../objects.ts";
import {
  callsOf,
  forbidden,
  lost,
  reasons,
  run,
  unavailable,
  writesOf,
} from "../sweep-run.ts";

function adopted(report: SweepReport): number {
  return [...outcomesOf(report)].filter(({ owners }) => owners === "adopt")
    .length;
}

/** Lets `happens` run before the second list of Pods. */
function beforeRecheck(cluster: FakeCluster, happens: () => void): void {
  let lists = 0;
  cluster.before = (call) => {
    if (!call.startsWith("listPods")) return;
    lists += 1;
    if (lists === 2) happens();
  };
}

/** A namespace of so many claims, each with its Pod. */
function many(count: number): FakeCluster {
  const all = claims(count);
  return fakeCluster({
    claims: all,
    pods: { shop: all.map((one) => podOf(one)) },
  });
}

describe("adopt", () => {
  const claim = aClaim();
  const pod = podOf(claim, "web-1");
  const restored = podOf(claim, "restored");

  const oneClaim = (): FakeCluster =>
    fakeCluster({ claims: [claim], pods: { shop: [pod] } });

  it("J1 lists the Pods again right before the patch, and only when there is one to make", async () => {
    const cluster = oneClaim();
    const report = await run(cluster);
    expect(adopted(report)).to.equal(1);
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([ownedBy(pod)]);
    expect(cluster.calls).to.deep.equal([
      "listClaims everywhere",
      "listAllClaims shop",
      "listPods shop",
      "namespacePhase shop",
      "listPods shop",
      `adoptClaim shop/${claim.name}`,
    ]);
    cluster.calls.length = 0;
    await run(cluster);
    expect(cluster.calls).to.deep.equal([
      "listClaims everywhere",
      "listAllClaims shop",
      "listPods shop",
    ]);
  });

  it("J8 adopts nothing, says so and deletes all the same when the second list fails", async () => {
    const unused = aClaim({ requestUid: "unused" });
    const cluster = fakeCluster({
      claims: [claim, unused],
      pods: { shop: [pod] },
    });
    beforeRecheck(cluster, () => {
      throw unavailable;
    });
    const report = await run(cluster);
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot set owners of claims: etcd is not there",
    ]);
    expect(reasons(report)).to.deep.equal({
      [claim.uid]: "in-use",
      [unused.uid]: "unused",
    });
    expect(callsOf(cluster, "adopt")).to.deep.equal([]);
    expect(cluster.claims.map(({ uid }) => uid)).to.deep.equal([claim.uid]);
  });

  it("J9 lists the Pods again before it tries again", async () => {
    const cluster = oneClaim();
    cluster.before = (call) => {
      if (!call.startsWith("adoptClaim")) return;
      cluster.pods["shop"] = [restored];
      throw lost;
    };
    const report = await run(cluster);
    expect(callsOf(cluster, "adopt")).to.have.length(1);
    expect(callsOf(cluster, "listPods")).to.have.length(3);
    expect(hasFailures(report)).to.equal(false);
  });

  it("J9 gives up after four tries, and says so", async () => {
    const cluster = many(2);
    const [first = claim] = cluster.claims;
    cluster.before = (call) => {
      if (call === `adoptClaim shop/${first.name}`) throw unavailable;
    };
    const report = await run(cluster);
    expect(callsOf(cluster, `adoptClaim shop/${first.name}`)).to.have.length(4);
    expect(adopted(report)).to.equal(1);
    expect(hasFailures(report)).to.equal(true);
  });

  it("J10 leaves a claim that was changed meanwhile to the next run", async () => {
    const cluster = oneClaim();
    cluster.before = (call) => {
      if (call.startsWith("adoptClaim")) cluster.claims[0] = touched(claim);
    };
    const report = await run(cluster);
    expect(adopted(report)).to.equal(0);
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([]);
    expect(hasFailures(report)).to.equal(false);
  });

  it("J21 stops at the first adoption that is forbidden", async () => {
    const cluster = many(20);
    cluster.before = (call) => {
      if (call.startsWith("adoptClaim")) throw forbidden;
    };
    const report = await run(cluster, { concurrency: 1 });
    expect(callsOf(cluster, "adopt")).to.have.length(1);
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot set owners of claims: may not",
    ]);
  });

  it("J1 takes a fresh list after fifty adoptions, and after more where a list is long", async () => {
    const small = many(120);
    expect(adopted(await run(small))).to.equal(120);
    expect(callsOf(small, "listPods")).to.have.length(1 + 3);
    const large = many(1_000);
    expect(adopted(await run(large))).to.equal(1_000);
    expect(callsOf(large, "listPods")).to.have.length(1 + 10);
  });

  it("J1 takes a fresh list when adoptions have taken five seconds", async () => {
    const cluster = many(50);
    cluster.before = (call) => {
      if (call.startsWith("adoptClaim")) cluster.time += 1_000;
    };
    expect(adopted(await run(cluster, { concurrency: 1 }))).to.equal(50);
    // One for the verdicts, and one for every six adoptions.
    expect(callsOf(cluster, "listPods")).to.have.length(1 + 9);
  });

  it("J8 adopts nothing by a list that took more than 60 s, and says so", async () => {
    const cluster = oneClaim();
    beforeRecheck(cluster, () => {
      cluster.time += 60_001;
    });
    const report = await run(cluster);
    expect(adopted(report)).to.equal(0);
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot set owners of claims: the list of the Pods may show a state of 60 s ago, which is too old to act on",
    ]);
  });

  it("leaves a claim that just came back into use to the next run, which ends its mark first", async () => {
    const cluster = fakeCluster({
      claims: [
        aClaim({
          annotations: { "volume-claim/unused-since": "2030-01-01T11:00:00Z" },
        }),
      ],
      pods: { shop: [pod] },
    });
    await run(cluster);
    expect(writesOf(cluster)).to.deep.equal([`patchClaim shop/${claim.name}`]);
    await run(cluster);
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([ownedBy(pod)]);
  });

  it("begins no adoption after it was stopped, and does not report a list that failed then", async () => {
    const stop = new AbortController();
    const cluster = many(10);
    cluster.before = (call) => {
      if (call.startsWith("adoptClaim")) stop.abort();
    };
    const report = await run(cluster, { concurrency: 1 }, stop.signal);
    expect(writesOf(cluster)).to.have.length(1);
    expect(report.namespaces[0]?.failures).to.deep.equal([]);

    const stopped = new AbortController();
    const another = oneClaim();
    beforeRecheck(another, () => {
      stopped.abort();
      throw unavailable;
    });
    const last = await run(another, {}, stopped.signal);
    expect(last.namespaces[0]?.failures).to.deep.equal([]);
  });
});
