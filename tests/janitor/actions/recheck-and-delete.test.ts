import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { hasFailures } from "../../../janitor/actions/outcome.ts";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { fakeCluster, touched } from "../fake-cluster.ts";
import type { FakeCluster } from "../fake-cluster.ts";
import { aClaim, aPod, claims, claimVolume, NOW, podOf } from "../objects.ts";
import {
  before,
  callsOf,
  count,
  failing,
  forbidden,
  lost,
  reasons,
  run,
  unavailable,
} from "../sweep-run.ts";

const unused = aClaim({ requestUid: "unused" });

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
  const busy = new ApiStatusError(429, "too many requests");

  it("J9 is re-checked before it is tried again", async () => {
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

  for (const [next, happens, error] of [
    ["is rejected", (all: ClaimMetadata[]) => all.splice(0), busy],
    ["finds the claim gone", (all: ClaimMetadata[]) => all.splice(0)],
    [
      // By the first delete, which a finalizer holds up.
      "finds the claim changed",
      (all: ClaimMetadata[]) =>
        all.splice(0, 1, { ...touched(unused), deletedAt: NOW }),
    ],
  ] as const)
    it(`J9 is reported as done when its answer was lost and the next try ${next}`, async () => {
      const cluster = fakeCluster({ claims: [unused] });
      let tries = 0;
      before(cluster, "deleteClaim", () => {
        tries += 1;
        if (tries === 1) throw lost;
        happens(cluster.claims);
        if (error) throw error;
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
