import { setImmediate as tick } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { fakeCluster, touched } from "../fake-cluster.ts";
import type { FakeCluster } from "../fake-cluster.ts";
import {
  aClaim,
  aPod,
  claims,
  claimVolume,
  MINUTE,
  NOW,
  podOf,
} from "../objects.ts";
import {
  callsOf,
  count,
  forbidden,
  isRecheck,
  lost,
  reasons,
  run,
  unavailable,
} from "../sweep-run.ts";

/** Of an earlier run: more than ten claims are deleted at once only when they have this mark. */
const MARKED = {
  "volume-claim/unused-since": new Date(NOW - 10 * MINUTE).toISOString(),
};

const unused = aClaim({ requestUid: "unused" });

/** Lets `happens` run before each call that begins so, or before the re-check. */
function before(
  cluster: FakeCluster,
  when: string,
  happens: (call: string) => void,
): FakeCluster {
  cluster.before = (call) => {
    if (when === "re-check" ? isRecheck(cluster, call) : call.startsWith(when))
      happens(call);
  };
  return cluster;
}

/** A cluster of such claims in which each call that begins so fails, after `meanwhile`. */
function failing(
  all: ClaimMetadata[],
  when: string,
  error: Error,
  meanwhile: (cluster: FakeCluster) => void = () => undefined,
): FakeCluster {
  const cluster = fakeCluster({ claims: all });
  return before(cluster, when, () => {
    meanwhile(cluster);
    throw error;
  });
}

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

  for (const [objects, call, which] of [
    ["claims", "listAllClaims", 2],
    ["Pods", "listPods", 2],
  ] as const)
    it(`J8 deletes nothing by a list of the ${objects} that took more than 60 s, and says so`, async () => {
      for (const [tookMs, reason] of [
        [60_000, "unused"],
        [60_001, "namespace-failed"],
      ] as const) {
        const cluster = fakeCluster({ claims: [unused] });
        before(cluster, call, () => {
          if (callsOf(cluster, call).length === which) cluster.time += tookMs;
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

function usedBy(pod: V1Pod): (cluster: FakeCluster) => unknown {
  return ({ pods }) => (pods["shop"] = [pod]);
}

// tests/integration/janitor/deletes.test.ts has what changes between the re-check and the delete.
describe("recheckAndDelete", () => {
  const replaced = (change: Partial<typeof unused>) => (cluster: FakeCluster) =>
    cluster.claims.splice(0, 1, { ...touched(unused), ...change });
  const byHand = aPod("debug", [claimVolume("x", unused.name)], { node: null });
  const annotations = { ...unused.annotations, "volume-claim/hold": "true" };
  const cases: [
    title: string,
    happens: (cluster: FakeCluster) => void,
    reason: string,
    left?: number,
  ][] = [
    [
      "J1 keeps a claim whose Pod is stored after the lists were taken",
      usedBy(podOf(unused)),
      "in-use",
    ],
    [
      "J6 keeps a claim that a Pod mounts by hand by then",
      usedBy(byHand),
      "in-use",
    ],
    [
      "J6 keeps a claim that is held by then",
      replaced({ annotations }),
      "held",
    ],
    [
      "J10 passes over a claim that is gone by then",
      ({ claims: all }) => all.splice(0),
      "gone-already",
      0,
    ],
    [
      "J10 keeps a claim that was created again under its name",
      replaced({ uid: "another" }),
      "changed-meanwhile",
    ],
    [
      "keeps a claim that is the source of a clone by then",
      ({ sources }) => (sources[unused.name] = unused.name),
      "source-of-clone",
    ],
  ];
  for (const [title, happens, reason, left = 1] of cases)
    it(title, async () => {
      const cluster = before(
        fakeCluster({ claims: [unused] }),
        "re-check",
        () => happens(cluster),
      );
      const report = await run(cluster);
      expect(Object.values(reasons(report))).to.deep.equal([reason]);
      expect(cluster.claims).to.have.length(left);
      expect(hasFailures(report)).to.equal(false);
    });

  it("deletes a claim even if its Event cannot be written", async () => {
    const cluster = failing([unused], "recordDeletion", forbidden);
    const report = await run(cluster);
    expect(cluster.claims).to.deep.equal([]);
    expect(report.lostEvents).to.equal(1);
    expect(hasFailures(report)).to.equal(false);
  });
});

describe("a delete that fails", () => {
  it("J9 is re-checked before it is tried again", async () => {
    const busy = new ApiStatusError(429, "too many requests");
    const cluster = failing([unused], "deleteClaim", busy, ({ pods }) => {
      pods["shop"] = [podOf(unused)];
    });
    const report = await run(cluster);
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "in-use" });
    expect(callsOf(cluster, "deleteClaim")).to.have.length(1);
  });

  it("J9 is reported as done when only its answer was lost", async () => {
    const asked = { ...touched(unused), deletedAt: NOW };
    const cluster = failing([unused], "deleteClaim", lost, ({ claims: all }) =>
      all.splice(0, 1, asked),
    );
    const report = await run(cluster);
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "unused" });
    expect(cluster.events).to.have.length(1);
    expect(hasFailures(report)).to.equal(false);
  });

  it("J9 is reported as done when its answer was lost and the next try was rejected before it took effect", async () => {
    const busy = new ApiStatusError(429, "too many requests");
    const answers = [lost, busy];
    const cluster = fakeCluster({ claims: [unused] });
    before(cluster, "deleteClaim", () => {
      const answer = answers.shift();
      if (answer === busy) cluster.claims.splice(0);
      if (answer) throw answer;
    });
    const report = await run(cluster);
    expect(answers).to.deep.equal([]);
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "unused" });
    expect(cluster.events).to.have.length(1);
  });

  it("J9 is reported as done when its answer was lost and the next try finds it gone", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    let tries = 0;
    before(cluster, "deleteClaim", () => {
      tries += 1;
      if (tries === 1) throw lost;
      cluster.claims.splice(0);
    });
    const report = await run(cluster);
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "unused" });
    expect(cluster.events).to.have.length(1);
  });

  it("J9 is looked at again when its answer was lost and the next try finds it changed", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    let tries = 0;
    before(cluster, "deleteClaim", () => {
      tries += 1;
      if (tries === 1) throw lost;
      // By the first delete, which a finalizer holds up.
      cluster.claims.splice(0, 1, { ...touched(unused), deletedAt: NOW });
    });
    const report = await run(cluster);
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "unused" });
    expect(cluster.events).to.have.length(1);
    expect(tries).to.equal(2);
  });

  it("J20 counts for --max-deletions while its answer is lost, and then once", async () => {
    const others = claims(3);
    const cluster = fakeCluster({ claims: [unused, ...others] });
    let tries = 0;
    before(cluster, "deleteClaim", () => {
      tries += 1;
      if (tries > 1) return;
      cluster.claims.splice(0, 1);
      throw lost;
    });
    const report = await run(cluster, { concurrency: 1, maxDeletions: 2 });
    expect(cluster.claims).to.have.length(2);
    expect(count(report, "unused")).to.equal(2);
    expect(count(report, "over-deletion-cap")).to.equal(2);
  });

  it("J9 is reported as failed when its answer was lost and nothing can be listed any more", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    before(cluster, "", (call) => {
      const tried = callsOf(cluster, "deleteClaim").length > 0;
      if (call.startsWith("deleteClaim")) throw lost;
      if (tried) throw unavailable;
    });
    const report = await run(cluster);
    expect(reasons(report)).to.deep.equal({ [unused.uid]: "delete-failed" });
  });

  it("J9 is given up after four tries, and the rest goes on", async () => {
    const call = `deleteClaim shop/${unused.name}`;
    const cluster = failing([unused, ...claims(3)], call, unavailable);
    const report = await run(cluster, { concurrency: 2 });
    expect(reasons(report)[unused.uid]).to.equal("delete-failed");
    expect(count(report, "unused")).to.equal(3);
    expect(callsOf(cluster, call)).to.have.length(4);
    expect(hasFailures(report)).to.equal(true);
  });

  it("J21 is the last one of the namespace when it is forbidden", async () => {
    const cluster = failing(claims(9), "deleteClaim", forbidden);
    const report = await run(cluster, { concurrency: 2 });
    expect(count(report, "delete-failed")).to.equal(2);
    expect(count(report, "namespace-failed")).to.equal(7);
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot delete claims: may not",
    ]);
  });
});
