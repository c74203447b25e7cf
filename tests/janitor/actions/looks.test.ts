import { expect } from "chai";
import { hasFailures } from "../../../janitor/actions/outcome.ts";
import { fakeCluster } from "../fake-cluster.ts";
import type { FakeCluster } from "../fake-cluster.ts";
import { aClaim, podOf } from "../objects.ts";
import {
  callsOf,
  count,
  forbidden,
  reasons,
  run,
  unavailable,
} from "../sweep-run.ts";

const NAMES = Array.from({ length: 20 }, (_, index) => `n${index}`);

/** The name of the claim is the same in each namespace. */
function unusedIn(namespace: string) {
  return aClaim({ namespace, uid: `uid-in-${namespace}` });
}

/** An unused claim in each of twenty namespaces, and so many claims and Pods in all. */
function manyNamespaces(objects: number | undefined): FakeCluster {
  const cluster = fakeCluster({ claims: NAMES.map(unusedIn) });
  cluster.objects = objects;
  return cluster;
}

/** Lets `happens` run once, before the second look. */
function beforeSecondLook(
  cluster: FakeCluster,
  happens: () => void,
): FakeCluster {
  cluster.before = (call) => {
    if (
      call === "listAllClaims everywhere" &&
      callsOf(cluster, call).length === 2
    )
      happens();
  };
  return cluster;
}

const SHARED = [
  "listClaims everywhere",
  "listAllClaims everywhere",
  "listPods everywhere",
  "namespacePhases everywhere",
  "listAllClaims everywhere",
  "listPods everywhere",
];

describe("a sweep of many namespaces with few claims and Pods", () => {
  it("J1 lists claims and Pods of all of them at once, and both again before the deletes", async () => {
    const cluster = manyNamespaces(200);
    const report = await run(cluster);
    expect(cluster.calls.slice(0, SHARED.length)).to.deep.equal(SHARED);
    expect(
      cluster.calls
        .slice(SHARED.length)
        .filter((call) => call.startsWith("list")),
    ).to.deep.equal([]);
    expect(count(report, "unused")).to.equal(20);
    expect(cluster.claims).to.deep.equal([]);
    expect(hasFailures(report)).to.equal(false);
  });

  for (const [what, objects, namespaces] of [
    ["there are more than ten of them for each namespace", 201, []],
    ["nobody can tell how many there are", undefined, []],
    ["it sweeps only some namespaces", 20, NAMES],
  ] as const)
    it(`lists those of each namespace when ${what}`, async () => {
      const cluster = manyNamespaces(objects);
      const report = await run(cluster, { namespaces });
      expect(callsOf(cluster, "listPods")).to.have.length(2 * 20);
      expect(callsOf(cluster, "listPods everywhere")).to.deep.equal([]);
      expect(count(report, "unused")).to.equal(20);
    });

  it("lists those of each namespace when there are more than 5,000, whatever the number of namespaces", async () => {
    for (const [objects, everywhere] of [
      [5_000, 1],
      [5_001, 0],
    ] as const) {
      const names = Array.from({ length: 501 }, (_, index) => `n${index}`);
      const cluster = fakeCluster({ claims: names.map(unusedIn) });
      cluster.objects = objects;
      await run(cluster, { maxDeletions: 0 });
      expect(callsOf(cluster, "listPods everywhere")).to.have.length(
        everywhere,
      );
    }
  });

  it("keeps what Pods of its own namespace use, not what those of others use", async () => {
    const cluster = manyNamespaces(21);
    cluster.pods["n7"] = [podOf(unusedIn("n7"))];
    const report = await run(cluster);
    expect(reasons(report)).to.include({
      "uid-in-n7": "in-use",
      "uid-in-n8": "unused",
    });
    expect(cluster.claims.map(({ namespace }) => namespace)).to.deep.equal([
      "n7",
    ]);
  });

  it("J1 keeps a claim whose Pod is stored after the first look", async () => {
    const cluster = manyNamespaces(20);
    beforeSecondLook(cluster, () => {
      cluster.pods["n7"] = [podOf(unusedIn("n7"))];
    });
    const report = await run(cluster);
    expect(reasons(report)).to.include({ "uid-in-n7": "in-use" });
    expect(count(report, "unused")).to.equal(19);
  });

  it("keeps a claim that is the source of a clone by the second look", async () => {
    const cluster = manyNamespaces(20);
    beforeSecondLook(cluster, () => {
      const { name } = unusedIn("n7");
      cluster.sources[name] = name;
    });
    const report = await run(cluster);
    expect(count(report, "source-of-clone")).to.equal(20);
  });

  it("J1 begins no delete on a list of more than 125 ms", async () => {
    const cluster = manyNamespaces(20);
    const ages: number[] = [];
    let askedAt = 0;
    cluster.before = (call) => {
      if (call.startsWith("listPods")) askedAt = cluster.time;
      if (!call.startsWith("deleteClaim")) return;
      ages.push(cluster.time - askedAt);
      cluster.time += 60;
    };
    await run(cluster, { concurrency: 1 });
    expect(ages).to.have.length(20);
    expect(Math.max(...ages)).to.equal(120);
  });

  it("J16 leaves a namespace that is being deleted, and one that is gone, to itself", async () => {
    const cluster = manyNamespaces(20);
    cluster.phases["n7"] = "terminating";
    cluster.phases["n8"] = "missing";
    const report = await run(cluster);
    expect(reasons(report)).to.include({
      "uid-in-n7": "namespace-terminating",
      "uid-in-n8": "namespace-terminating",
      "uid-in-n9": "unused",
    });
    expect(callsOf(cluster, "namespacePhase ")).to.deep.equal([]);
  });

  it("J16 J21 asks for each namespace when it may not list namespaces", async () => {
    const cluster = manyNamespaces(20);
    cluster.namespacePhases = () => Promise.resolve(undefined);
    cluster.phases["n7"] = "terminating";
    const report = await run(cluster);
    expect(reasons(report)).to.include({
      "uid-in-n7": "namespace-terminating",
      "uid-in-n8": "unused",
    });
    expect(callsOf(cluster, "namespacePhase ")).to.have.length(20);
  });

  it("J21 lists those of each namespace when the first look at all fails", async () => {
    const cluster = manyNamespaces(20);
    cluster.before = (call) => {
      if (call === "listPods everywhere" || call === "listPods n7")
        throw forbidden;
    };
    const report = await run(cluster);
    expect(reasons(report)).to.include({ "uid-in-n7": "namespace-failed" });
    expect(count(report, "unused")).to.equal(19);
  });

  it("J8 deletes nothing when the second look fails", async () => {
    const cluster = manyNamespaces(20);
    beforeSecondLook(cluster, () => {
      throw unavailable;
    });
    const report = await run(cluster);
    expect(cluster.claims).to.have.length(20);
    expect(count(report, "namespace-failed")).to.equal(20);
    expect(hasFailures(report)).to.equal(true);
  });
});
