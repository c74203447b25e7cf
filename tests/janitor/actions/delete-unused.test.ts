import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import { fakeCluster } from "../fake-cluster.ts";
import { aClaim, claims, MINUTE, NOW } from "../objects.ts";
import {
  before,
  callsOf,
  count,
  failing,
  forbidden,
  reasons,
  run,
  unavailable,
} from "../sweep-run.ts";

/** Of an earlier run: more than ten claims are deleted at once only when they have this mark. */
const MARKED = {
  "volume-claim/unused-since": new Date(NOW - 10 * MINUTE).toISOString(),
};

const unused = aClaim({ requestUid: "unused" });

/** Ages of the list of Pods at each delete, while a list takes `listMs` and four deletes at once 60 ms. */
async function agesOf(
  listMs: number,
  size: number,
): Promise<{ ages: number[]; rechecks: number; lists: number }> {
  const cluster = fakeCluster({
    claims: claims(size, { annotations: MARKED }),
  });
  const ages: number[] = [];
  let askedAt = 0;
  cluster.before = (call) => {
    if (call === "listPods shop") {
      askedAt = cluster.time;
      cluster.time += listMs;
    }
    if (!call.startsWith("deleteClaim")) return;
    ages.push(cluster.time - askedAt);
    if (ages.length % 4 === 0) cluster.time += 60;
  };
  const report = await run(cluster, { concurrency: 4 });
  expect(count(report, "unused")).to.equal(size);
  return {
    ages,
    rechecks: callsOf(cluster, "listAllClaims").length - 1,
    lists: callsOf(cluster, "listPods").length,
  };
}

describe("deleteUnused", () => {
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

  it("J1 begins no delete on a list of Pods of more than 125 ms where a list takes 10", async () => {
    const { ages } = await agesOf(10, 40);
    expect(Math.max(...ages)).to.equal(70);
  });

  it("J1 begins as many deletes on each list as go at once where a list takes 2.5 s, up to a second after it", async () => {
    const { ages, lists } = await agesOf(2_500, 64);
    expect(Math.max(...ages)).to.be.at.most(3_500);
    // In this test the clock stands while deletes run, and each list takes its time from all of them.
    expect(lists).to.be.at.most(64 / 4 + 2);
  });

  it("J1 does not send a delete on a list that grew too old while the delete waited for its turn, and sends it on the next list", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    const waits = [126, 125];
    cluster.before = (call) => {
      if (call.startsWith("queue")) cluster.time += waits.shift() ?? 0;
    };
    const report = await run(cluster);
    expect(waits).to.deep.equal([]);
    expect(count(report, "unused")).to.equal(1);
    expect(callsOf(cluster, "listPods")).to.have.length(1 + 2);
    expect(callsOf(cluster, "deleteClaim")).to.have.length(1);
  });

  it("J1 leaves a claim to the next run whose delete always comes too late for its list, and deletes the others", async () => {
    const cluster = fakeCluster({ claims: [unused, ...claims(3)] });
    let waits = 0;
    before(cluster, `queue shop/${unused.name}`, () => {
      waits += 1;
      cluster.time += 126;
    });
    const report = await run(cluster, { concurrency: 1 });
    expect(reasons(report)[unused.uid]).to.equal("namespace-failed");
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot delete claims: requests to the API server take so long that each list of the Pods was too old before a delete could be sent",
    ]);
    expect(count(report, "unused")).to.equal(3);
    expect(waits).to.be.within(5, 200);
    expect(callsOf(cluster, `deleteClaim shop/${unused.name}`)).to.deep.equal(
      [],
    );
  });

  for (const [objects, call] of [
    ["claims", "listAllClaims"],
    ["Pods", "listPods"],
  ] as const)
    it(`J8 deletes nothing by a list of the ${objects} that took more than 60 s, and says so`, async () => {
      for (const [tookMs, reason] of [
        [60_000, "unused"],
        [60_001, "namespace-failed"],
      ] as const) {
        const cluster = fakeCluster({ claims: [unused] });
        before(cluster, call, () => {
          if (callsOf(cluster, call).length === 2) cluster.time += tookMs;
        });
        const report = await run(cluster);
        expect(reasons(report)).to.deep.equal({ [unused.uid]: reason });
        if (reason === "namespace-failed")
          expect(report.namespaces[0]?.failures).to.deep.equal([
            `cannot re-check before deleting: the list of the ${objects} may show a state of 60 s ago, which is too old to act on`,
          ]);
      }
    });

  it("J1 lists the claims again every two seconds", async () => {
    const { rechecks } = await agesOf(30, 400);
    expect(rechecks).to.be.within(3, 6);
  });

  it("J8 deletes nothing more when the list of Pods fails between two batches", async () => {
    const cluster = fakeCluster({ claims: claims(8) });
    cluster.before = (call) => {
      // Two of them use up the list.
      if (call.startsWith("deleteClaim")) cluster.time += 63;
      if (
        call.startsWith("listPods") &&
        callsOf(cluster, "listPods").length === 3
      )
        throw unavailable;
    };
    const report = await run(cluster, { concurrency: 2 });
    expect(cluster.claims).to.have.length(6);
    expect(count(report, "unused")).to.equal(2);
    expect(count(report, "namespace-failed")).to.equal(6);
  });

  it("begins neither a re-check nor a delete after it was stopped", async () => {
    for (const [when, deleted] of [
      ["re-check", 0],
      ["deleteClaim", 1],
    ] as const) {
      const stop = new AbortController();
      const cluster = before(fakeCluster({ claims: claims(9) }), when, () =>
        stop.abort(),
      );
      const report = await run(cluster, { concurrency: 1 }, stop.signal);
      expect(count(report, "unused")).to.equal(deleted);
      expect(count(report, "interrupted")).to.equal(9 - deleted);
      expect(hasFailures(report)).to.equal(true);
      expect(cluster.claims).to.have.length(9 - deleted);
    }
  });
});

describe("deleteUnused and its Events", () => {
  it("does not wait for them before the next namespace, and counts those that are lost", async () => {
    const cluster = fakeCluster({
      claims: ["a", "b"].flatMap((namespace) => claims(1, { namespace })),
    });
    const allDeleted = Promise.withResolvers<void>();
    cluster.recordDeletion = async () => {
      await allDeleted.promise;
      await tick();
      throw unavailable;
    };
    cluster.before = () => {
      if (callsOf(cluster, "deleteClaim").length === 2) allDeleted.resolve();
    };
    const report = await run(cluster, { concurrency: 1 });
    expect(report.lostEvents).to.equal(2);
  });
});

describe("deleteUnused and its cap", () => {
  it("J20 deletes no more than the cap, over all namespaces", async () => {
    const cluster = fakeCluster({
      claims: ["a", "b", "c", "d"].flatMap((namespace) =>
        claims(9, { namespace }),
      ),
    });
    const report = await run(cluster, { maxDeletions: 10, concurrency: 4 });
    expect(cluster.claims).to.have.length(26);
    expect(count(report, "over-deletion-cap")).to.be.at.least(1);
    expect(hasFailures(report)).to.equal(false);
  });

  it("J20 does not report as deleted what it had only chosen when it stopped at the cap", async () => {
    // By the clock of the tests, a namespace of this name has its turn after shop.
    const there = aClaim({ namespace: "a", requestUid: "there" });
    // The claims of shop are chosen first, and rejected after the others had their turn.
    const cluster = failing(
      [...claims(3), there],
      "deleteClaim shop/",
      forbidden,
    );
    const report = await run(cluster, { maxDeletions: 3, concurrency: 3 });
    expect(
      [...outcomesOf(report)].find(({ claim }) => claim.uid === there.uid)
        ?.decision.why,
    ).to.equal(
      "unused, but this run may delete at most 3 claims (--max-deletions) and had chosen as many others: a later run deletes it",
    );
  });

  it("does not count what it did not delete after all", async () => {
    const cluster = before(fakeCluster({ claims: claims(9) }), "re-check", () =>
      cluster.claims.splice(0, 1),
    );
    const report = await run(cluster, { maxDeletions: 3, concurrency: 1 });
    expect(count(report, "gone-already")).to.equal(1);
    expect(count(report, "unused")).to.equal(3);
  });
});
