import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import { fakeCluster, touched } from "../fake-cluster.ts";
import { aClaim, claims, MINUTE, NOW, podOf } from "../objects.ts";
import {
  count,
  forbidden,
  isRecheck,
  lost,
  reasons,
  run,
  unavailable,
} from "../sweep-run.ts";

/** Of an earlier run: more than ten claims go at once only when they bear this mark. */
const MARKED = {
  "volume-claim/unused-since": new Date(NOW - 10 * MINUTE).toISOString(),
};

/** Ages of the list of Pods at each delete, while a list takes `listMs` and four deletes at once 60 ms. */
async function agesOf(
  listMs: number,
  size: number,
): Promise<{ ages: number[]; claimObservations: number; lists: number }> {
  const cluster = fakeCluster({
    claims: claims(size, { annotations: MARKED }),
  });
  const ages: number[] = [];
  let askedAt = 0;
  let claimObservations = 0;
  let lists = 0;
  cluster.before = (call) => {
    if (isRecheck(cluster, call)) claimObservations += 1;
    if (call === "listPods shop") {
      lists += 1;
      askedAt = cluster.time;
      cluster.time += listMs;
    }
    if (!call.startsWith("deleteClaim")) return;
    ages.push(cluster.time - askedAt);
    if (ages.length % 4 === 0) cluster.time += 60;
  };
  const report = await run(cluster, { concurrency: 4 });
  expect(count(report, "unused")).to.equal(size);
  return { ages, claimObservations, lists };
}

describe("deleteUnused", () => {
  const unused = aClaim({ requestUid: "unused" });

  it("J1 lists the claims first, the Pods after, and both again right before the delete", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    await run(cluster);
    expect(cluster.calls).to.deep.equal([
      "listClaims everywhere",
      "listAllClaims shop",
      "listPods shop",
      "namespacePhase shop",
      "listAllClaims shop",
      "listPods shop",
      `deleteClaim shop/${unused.name}`,
      `recordDeletion shop/${unused.name}`,
    ]);
  });

  describe("J1 begins no delete on a list of Pods that is too old:", () => {
    it("on one of more than 75 ms where a list is there in 10", async () => {
      const { ages } = await agesOf(10, 40);
      expect(Math.max(...ages)).to.equal(70);
    });

    it("where a list takes 2.5 s, and begins as many on each list as go at once", async () => {
      const { ages, lists } = await agesOf(2_500, 64);
      expect(Math.max(...ages)).to.be.at.most(3_500);
      // In this world the clock stands while deletes run, and a list takes its time from everybody.
      expect(lists).to.be.at.most(64 / 4 + 2);
    });

    it("and lists the claims again every two seconds", async () => {
      const { claimObservations } = await agesOf(30, 400);
      expect(claimObservations).to.be.within(3, 6);
    });
  });

  it("J11 two sweeps at once delete each claim once", async () => {
    const used = aClaim({ requestUid: "used" });
    const cluster = fakeCluster({ claims: [used, ...claims(9)] });
    cluster.pods["shop"] = [podOf(used)];
    const reports = await Promise.all([run(cluster), run(cluster)]);
    expect(cluster.claims.map(({ uid }) => uid)).to.deep.equal([used.uid]);
    expect(cluster.events).to.have.length(9);
    expect(reports.map(hasFailures)).to.deep.equal([false, false]);
  });

  it("J8 deletes nothing more when the list of Pods fails between two batches", async () => {
    const cluster = fakeCluster({ claims: claims(8) });
    let lists = 0;
    cluster.before = (call) => {
      if (call.startsWith("deleteClaim")) cluster.time += 60;
      if (call !== "listPods shop") return;
      lists += 1;
      if (lists === 3) throw unavailable;
    };
    const report = await run(cluster, { concurrency: 2 });
    expect(cluster.claims).to.have.length(6);
    expect(count(report, "unused")).to.equal(2);
    expect(count(report, "namespace-failed")).to.equal(6);
  });

  it("J20 deletes no more than the cap, over all namespaces", async () => {
    const all = ["a", "b", "c", "d"].flatMap((namespace) =>
      claims(9, { namespace }).map((claim) => ({
        ...claim,
        uid: `${namespace}-${claim.uid}`,
      })),
    );
    const cluster = fakeCluster({ claims: all });
    const report = await run(cluster, { maxDeletions: 10, concurrency: 4 });
    expect(count(report, "unused")).to.equal(10);
    expect(count(report, "over-deletion-cap")).to.equal(26);
    expect(cluster.claims).to.have.length(26);
    expect(hasFailures(report)).to.equal(false);
  });

  it("J20 does not claim to have deleted what it had only chosen when it stopped at the cap", async () => {
    const here = claims(3);
    const there = aClaim({ namespace: "other" });
    const cluster = fakeCluster({ claims: [...here, there] });
    // Those here are chosen first, and refused when the others have had their turn.
    cluster.before = (call) => {
      if (call.startsWith("deleteClaim shop/")) throw forbidden;
    };
    const report = await run(cluster, { maxDeletions: 3, concurrency: 3 });
    expect(
      outcomesOf(report).find(({ claim }) => claim.namespace === "other")
        ?.decision.why,
    ).to.equal(
      "unused, but this run may delete at most 3 claims (--max-deletions) and had chosen as many others: a later run deletes it",
    );
  });

  it("does not count against the cap what it did not delete after all", async () => {
    const all = claims(9);
    const cluster = fakeCluster({ claims: all });
    cluster.before = (call) => {
      if (isRecheck(cluster, call)) cluster.claims.splice(0, 1);
    };
    const report = await run(cluster, { maxDeletions: 3, concurrency: 1 });
    expect(count(report, "gone-already")).to.equal(1);
    expect(count(report, "unused")).to.equal(3);
  });

  it("J21 stops at the first delete that is forbidden", async () => {
    const cluster = fakeCluster({ claims: claims(9) });
    cluster.before = (call) => {
      if (call.startsWith("deleteClaim")) throw forbidden;
    };
    const report = await run(cluster, { concurrency: 2 });
    expect(count(report, "delete-failed")).to.equal(2);
    expect(count(report, "namespace-failed")).to.equal(7);
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot delete claims: may not",
    ]);
  });

  describe("J9 of a delete that fails", () => {
    it("re-checks before it tries again", async () => {
      const cluster = fakeCluster({ claims: [unused] });
      let deletes = 0;
      cluster.before = (call) => {
        if (!call.startsWith("deleteClaim")) return;
        deletes += 1;
        if (deletes === 1) {
          cluster.pods["shop"] = [podOf(unused)];
          throw new ApiStatusError(429, "too many requests");
        }
      };
      const report = await run(cluster);
      expect(reasons(report)).to.deep.equal({ [unused.uid]: "in-use" });
      expect(deletes).to.equal(1);
    });

    it("knows its own work when only the answer was lost", async () => {
      const cluster = fakeCluster({ claims: [unused] });
      cluster.before = (call) => {
        if (!call.startsWith("deleteClaim")) return;
        cluster.claims.splice(0, 1, { ...touched(unused), deletedAt: NOW });
        throw lost;
      };
      const report = await run(cluster);
      expect(reasons(report)).to.deep.equal({ [unused.uid]: "unused" });
      expect(cluster.events).to.have.length(1);
      expect(hasFailures(report)).to.equal(false);
    });

    it("gives up after three tries and leaves the rest to go on", async () => {
      const cluster = fakeCluster({ claims: [unused, ...claims(3)] });
      cluster.before = (call) => {
        if (call === `deleteClaim shop/${unused.name}`) throw unavailable;
      };
      const report = await run(cluster, { concurrency: 2 });
      expect(reasons(report)[unused.uid]).to.equal("delete-failed");
      expect(count(report, "unused")).to.equal(3);
      expect(
        cluster.calls.filter(
          (call) => call === `deleteClaim shop/${unused.name}`,
        ),
      ).to.have.length(3);
      expect(hasFailures(report)).to.equal(true);
    });
  });

  it("begins neither a re-check nor a delete after it was told to stop", async () => {
    const stop = new AbortController();
    const cluster = fakeCluster({ claims: claims(9) });
    cluster.before = (call) => {
      if (call.startsWith("deleteClaim")) stop.abort();
    };
    const report = await run(cluster, { concurrency: 1 }, stop.signal);
    expect(count(report, "unused")).to.equal(1);
    expect(count(report, "interrupted")).to.equal(8);
    expect(report.interrupted).to.equal(true);
    expect(hasFailures(report)).to.equal(true);
    expect(cluster.claims).to.have.length(8);
    expect(
      cluster.calls.filter((call) => call.startsWith("deleteClaim")),
    ).to.have.length(1);
  });
});
