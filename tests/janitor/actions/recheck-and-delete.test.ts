import { expect } from "chai";
import { hasFailures } from "../../../janitor/actions/outcome.ts";
import { fakeCluster, touched } from "../fake-cluster.ts";
import type { FakeCluster } from "../fake-cluster.ts";
import { aClaim, aPod, claimVolume, podOf } from "../objects.ts";
import { isRecheck, count, forbidden, reasons, run } from "../sweep-run.ts";

describe("recheckAndDelete", () => {
  const unused = aClaim({ requestUid: "unused" });

  it("J1 keeps a claim whose Pod is stored after the lists were taken", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    cluster.before = (call) => {
      if (isRecheck(cluster, call)) cluster.pods["shop"] = [podOf(unused)];
    };
    expect(reasons(await run(cluster))).to.deep.equal({
      [unused.uid]: "in-use",
    });
    expect(cluster.claims).to.have.length(1);
  });

  it("J6 keeps a claim that was held, or mounted by hand, since the lists were taken", async () => {
    const mounted = aClaim({ requestUid: "mounted" });
    const cluster = fakeCluster({ claims: [unused, mounted] });
    cluster.before = (call) => {
      if (call !== "namespacePhase shop") return;
      cluster.claims[0] = {
        ...touched(unused),
        annotations: { ...unused.annotations, "volume-claim/hold": "true" },
      };
      cluster.pods["shop"] = [
        aPod("debug", [claimVolume("x", mounted.name)], { node: null }),
      ];
    };
    expect(reasons(await run(cluster))).to.deep.equal({
      [unused.uid]: "held",
      [mounted.uid]: "in-use",
    });
    expect(cluster.claims).to.have.length(2);
  });

  describe("J10 counts as normal", () => {
    const cases: {
      name: string;
      when: string;
      happens: (cluster: FakeCluster) => void;
      reason: string;
      left: number;
    }[] = [
      {
        name: "a claim that is gone at the re-check",
        when: "the re-check",
        happens: (cluster) => cluster.claims.splice(0),
        reason: "gone-already",
        left: 0,
      },
      {
        name: "a claim that is gone when the delete arrives",
        when: "deleteClaim",
        happens: (cluster) => cluster.claims.splice(0),
        reason: "gone-already",
        left: 0,
      },
      {
        name: "a claim that was changed when the delete arrives",
        when: "deleteClaim",
        happens: (cluster) => cluster.claims.splice(0, 1, touched(unused)),
        reason: "changed-meanwhile",
        left: 1,
      },
      {
        name: "a claim that was made anew under its name at the re-check",
        when: "the re-check",
        happens: (cluster) =>
          cluster.claims.splice(0, 1, { ...unused, uid: "another" }),
        reason: "changed-meanwhile",
        left: 1,
      },
      {
        name: "a claim that was made anew under its name when the delete arrives",
        when: "deleteClaim",
        happens: (cluster) =>
          cluster.claims.splice(0, 1, { ...unused, uid: "another" }),
        reason: "changed-meanwhile",
        left: 1,
      },
    ];
    for (const { name, when, happens, reason, left } of cases)
      it(name, async () => {
        const cluster = fakeCluster({ claims: [unused] });
        cluster.before = (call) => {
          if (
            when === "the re-check"
              ? isRecheck(cluster, call)
              : call.startsWith(when)
          )
            happens(cluster);
        };
        const report = await run(cluster);
        expect(reasons(report)).to.deep.equal({ [unused.uid]: reason });
        expect(cluster.claims).to.have.length(left);
        expect(hasFailures(report)).to.equal(false);
      });
  });

  it("deletes a claim though its Event cannot be written", async () => {
    const cluster = fakeCluster({ claims: [unused] });
    cluster.before = (call) => {
      if (call.startsWith("recordDeletion")) throw forbidden;
    };
    const report = await run(cluster);
    expect(cluster.claims).to.deep.equal([]);
    expect(report.lostEvents).to.equal(1);
    expect(hasFailures(report)).to.equal(false);
  });

  it("does not delete when it was told to stop during the re-check", async () => {
    const stop = new AbortController();
    const cluster = fakeCluster({ claims: [unused] });
    cluster.before = (call) => {
      if (isRecheck(cluster, call)) stop.abort();
    };
    const report = await run(cluster, {}, stop.signal);
    expect(count(report, "interrupted")).to.equal(1);
    expect(cluster.claims).to.have.length(1);
  });
});
