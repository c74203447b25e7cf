import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { fakeCluster } from "../fake-cluster.ts";
import type { FakeCluster } from "../fake-cluster.ts";
import { aClaim, aPod, claimVolume, HOUR, NOW, podOf } from "../objects.ts";
import { aSet, itemOf } from "../reuse.ts";
import { isRecheck, reasons, run, writesOf } from "../sweep-run.ts";

/**
 * Lets the cluster have a Pod that is in a list only when that list is of a state after the claims. In an older state there are no Pods.
 */
function withNewPod(cluster: FakeCluster, pod: V1Pod): FakeCluster {
  cluster.recentState = (_resource, { after }) =>
    Promise.resolve({
      asOf: cluster.time,
      resourceVersion: after === undefined ? "before" : "after",
    });
  cluster.listPods = (_namespace, { notOlderThan } = {}) =>
    Promise.resolve(notOlderThan?.resourceVersion === "after" ? [pod] : []);
  return cluster;
}

/** A claim that was restored, and on which a run has written at NOW that it saw the Pod of it. */
const restored = aClaim({
  annotations: {
    "volume-claim/requested-at": new Date(NOW - 9 * HOUR).toISOString(),
    "volume-claim/used-as": "uid-of-request-1",
  },
  changedAt: NOW,
});

describe("podsAfter", () => {
  it("J1 a claim that was changed since the run began is judged by Pods that were listed after it", async () => {
    const cluster = withNewPod(
      fakeCluster({ claims: [restored] }),
      podOf(restored),
    );
    expect(reasons(await run(cluster))).to.deep.equal({
      [restored.uid]: "in-use",
    });
  });

  it("J1 and so is a claim that was changed before its delete", async () => {
    const unused = aClaim();
    const cluster = withNewPod(
      fakeCluster({ claims: [unused] }),
      podOf(unused),
    );
    cluster.before = (call) => {
      if (isRecheck(cluster, call))
        cluster.claims[0] = { ...unused, changedAt: NOW, resourceVersion: "8" };
    };
    expect(reasons(await run(cluster))).to.deep.equal({
      [unused.uid]: "in-use",
    });
    expect(writesOf(cluster)).to.deep.equal([]);
  });

  it("and a quarantine that another run has just written because of a Pod stays", async () => {
    const quarantined = itemOf(
      aSet(1, {
        annotations: {
          "volume-claim/quarantine":
            "the janitor found it mounted by hand: Pod shell",
        },
        changedAt: NOW,
      }),
      0,
    );
    const cluster = withNewPod(
      fakeCluster({ claims: [quarantined] }),
      aPod("shell", [claimVolume("data", quarantined.name)]),
    );
    await run(cluster);
    expect(writesOf(cluster)).to.deep.equal([]);
  });

  it("claims share a state of the Pods where none of ours was changed since then", async () => {
    const unused = aClaim();
    for (const other of [
      aClaim({ requestUid: "request-2", changedAt: NOW - 1 }),
      aClaim({
        requestUid: "request-2",
        changedAt: NOW,
        labels: { managed: "no" },
      }),
    ]) {
      const cluster = withNewPod(
        fakeCluster({ claims: [unused, other] }),
        podOf(unused),
      );
      const report = await run(cluster, { dryRun: true });
      expect(reasons(report)[unused.uid]).to.equal("unused");
    }
  });
});
