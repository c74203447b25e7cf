import { expect } from "chai";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import { hasFailures, outcomesOf } from "../../janitor/actions/outcome.ts";
import { NoServerTimeError } from "../../janitor/sweep.ts";
import { fakeCluster, touched } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { aClaim, claims, MINUTE, NOW, ownedBy, podOf } from "./objects.ts";
import {
  callsOf,
  count,
  forbidden,
  isRecheck,
  lost,
  reasons,
  run,
  unavailable,
  writesOf,
} from "./sweep-run.ts";

const used = aClaim({ requestUid: "used" });
const unused = aClaim({ requestUid: "unused" });
const held = { annotations: { "volume-claim/hold": "true" } };

function usedAndUnused(): FakeCluster {
  return fakeCluster({
    claims: [used, unused, ...claims(30, { namespace: "many" })],
    pods: { shop: [podOf(used)] },
  });
}

describe("sweep", () => {
  it("deletes exactly the claims that no Pod uses, and writes an Event", async () => {
    const cluster = fakeCluster({
      claims: [used, unused],
      pods: { shop: [podOf(used)] },
    });
    const report = await run(cluster, { adopt: false });
    expect(reasons(report)).to.deep.equal({
      [used.uid]: "in-use",
      [unused.uid]: "unused",
    });
    expect(cluster.claims).to.deep.equal([used]);
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

  it("J16 leaves a namespace alone that is Terminating", async () => {
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

  it("does not ask for Pods where no claim depends on them, and releases a held claim all the same", async () => {
    const other = fakeCluster({ claims: [aClaim({ name: "data-pg-0" })] });
    await run(other);
    expect(other.calls).to.deep.equal([
      "listClaims everywhere",
      "listAllClaims shop",
    ]);

    const owned = aClaim({ ...held, ownerReferences: [ownedBy(podOf(used))] });
    const cluster = fakeCluster({ claims: [owned] });
    const report = await run(cluster);
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([]);
    expect([...outcomesOf(report)][0]?.owners).to.equal("release");
    expect(callsOf(cluster, "listPods")).to.deep.equal([]);
  });

  it("dry run: reads as always, decides the same and writes nothing", async () => {
    const [dry, real] = [usedAndUnused(), usedAndUnused()];
    const planned = await run(dry, { dryRun: true });
    expect(reasons(planned)).to.deep.equal(reasons(await run(real)));
    expect(writesOf(dry)).to.deep.equal([]);
    expect(dry.claims).to.deep.equal(usedAndUnused().claims);
    const writes = writesOf(real);
    expect(dry.calls.toSorted()).to.deep.equal(
      real.calls.filter((call) => !writes.includes(call)).toSorted(),
    );
  });

  describe("stopped", () => {
    for (const [when, given] of [
      ["listPods", [unused, aClaim({ namespace: "other" })]],
      ["namespacePhase", claims(30)],
    ] as const)
      it(`at ${when}: reads no further namespace, and writes nothing`, async () => {
        const stop = new AbortController();
        const cluster = fakeCluster({ claims: given });
        cluster.before = (call) => {
          if (call.startsWith(when)) stop.abort();
        };
        const report = await run(cluster, { concurrency: 1 }, stop.signal);
        expect(callsOf(cluster, "listPods")).to.have.length(1);
        expect(report.interrupted).to.equal(true);
        expect(report.namespaces[0]?.failures).to.deep.equal([]);
        expect(count(report, "interrupted")).to.be.at.least(1);
        expect(writesOf(cluster)).to.deep.equal([]);
      });
  });
});

/** What comes of the one claim when this happens to it before its namespace is listed. */
async function swept(
  happens: (claims: FakeCluster["claims"]) => void,
): Promise<{ cluster: FakeCluster; found: Record<string, string> }> {
  const cluster = fakeCluster({ claims: [unused] });
  cluster.before = (call) => {
    if (call === "listAllClaims shop") {
      cluster.before = () => undefined;
      happens(cluster.claims);
    }
  };
  return { cluster, found: reasons(await run(cluster)) };
}

describe("sweep of claims that have changed since they were found", () => {
  const other = aClaim({ requestUid: "another" });

  for (const [title, reason, happens] of [
    [
      "keeps one that lost its labels",
      "not-ours",
      (all) => all.splice(0, 1, { ...touched(unused), labels: {} }),
    ],
    [
      "J6 keeps one that is held by then",
      "held",
      (all) =>
        all.splice(0, 1, {
          ...touched(unused),
          annotations: { ...unused.annotations, ...held.annotations },
        }),
    ],
    [
      "J10 keeps one that was created again under its name",
      "changed-meanwhile",
      (all) => all.splice(0, 1, { ...unused, uid: "another" }),
    ],
    [
      "J10 passes over one that is gone",
      "gone-already",
      (all) => all.splice(0),
    ],
  ] satisfies [string, string, (all: FakeCluster["claims"]) => unknown][])
    it(title, async () => {
      const { cluster, found } = await swept(happens);
      expect(found).to.deep.equal({ [unused.uid]: reason });
      expect(writesOf(cluster)).to.deep.equal([]);
    });

  it("J2 leaves one alone that was created since", async () => {
    const { cluster, found } = await swept((all) => all.push(other));
    expect(found).to.deep.equal({ [unused.uid]: "unused" });
    expect(cluster.claims).to.deep.equal([other]);
  });
});

describe("sweep of many claims", () => {
  it("reports no more of a claim than the table and JSON show", async () => {
    const report = await run(usedAndUnused());
    for (const { claim } of outcomesOf(report))
      expect(claim).to.have.all.keys("namespace", "name", "uid", "createdAt");
  });

  it("holds one namespace of more than a thousand claims at a time, and small ones beside it", async () => {
    const young = { createdAt: NOW };
    const cluster = fakeCluster({
      claims: ["one", "two", "three"].flatMap((namespace) =>
        claims(namespace === "three" ? 1 : 1_001, { ...young, namespace }),
      ),
    });
    await run(cluster);
    const large = cluster.calls.filter((call) => / (one|two)$/.test(call));
    const [first = "", second = ""] = [large[0], large[2]].map((call) =>
      call?.replace("listAllClaims ", ""),
    );
    expect(large).to.deep.equal([
      `listAllClaims ${first}`,
      `listPods ${first}`,
      `listAllClaims ${second}`,
      `listPods ${second}`,
    ]);
    expect(cluster.calls.indexOf("listAllClaims three")).to.be.lessThan(
      cluster.calls.indexOf(`listPods ${first}`),
    );
  });

  for (const [large, small] of [
    ["a", "b"],
    ["b", "a"],
  ] as const)
    it(`J20 deletes a claim of namespace ${small} within a few runs, though namespace ${large} fills the cap of every run`, async () => {
      const waiting = aClaim({ namespace: small, requestUid: "waiting" });
      const cluster = fakeCluster({ claims: [waiting] });
      for (let runs = 0; cluster.claims.includes(waiting); runs += 1) {
        expect(runs).to.be.lessThan(10);
        cluster.serverTime = NOW + runs * 5 * MINUTE;
        cluster.claims.splice(
          0,
          Infinity,
          waiting,
          ...claims(9, { namespace: large }),
        );
        await run(cluster, { maxDeletions: 9, concurrency: 1 });
      }
    });
});

describe("sweep with calls that fail", () => {
  const other = aClaim({ namespace: "other", requestUid: "other" });

  for (const [failing, message] of [
    [
      "listAllClaims shop",
      "cannot list all claims, so nothing is deleted here",
    ],
    ["listPods shop", "cannot list the Pods, so nothing is deleted here"],
    ["namespacePhase shop", ""],
    ["re-check of shop", "cannot re-check before deleting"],
  ] as const)
    it(`J8 J21 goes on elsewhere, deletes nothing and fails when ${failing} fails`, async () => {
      const inShop = aClaim({ ...held, requestUid: "held" });
      const cluster = fakeCluster({
        claims: [used, unused, inShop, other],
        pods: { shop: [podOf(used)] },
      });
      cluster.before = (call) => {
        if (call === failing) throw unavailable;
        if (
          failing.startsWith("re-check") &&
          call === "listAllClaims shop" &&
          isRecheck(cluster, call)
        )
          throw unavailable;
      };
      const report = await run(cluster, { adopt: false });
      // Nothing but its name is known of a claim before the claims of its namespace are listed.
      const isListed = failing !== "listAllClaims shop";
      expect(reasons(report)).to.include({
        [unused.uid]: "namespace-failed",
        [inShop.uid]: isListed ? "held" : "namespace-failed",
        [other.uid]: "unused",
      });
      expect(cluster.claims).to.have.members([used, unused, inShop]);
      expect(
        report.namespaces.flatMap(({ failures }) => failures),
      ).to.deep.equal([`${message && `${message}: `}etcd is not there`]);
      expect(hasFailures(report)).to.equal(true);
    });

  it("reports a missing right to patch once, and deletes all the same", async () => {
    const owned = claims(20, {
      ...held,
      ownerReferences: [ownedBy(podOf(used))],
    });
    const cluster = fakeCluster({ claims: [...owned, unused] });
    cluster.before = (call) => {
      if (call.startsWith("patchClaim")) throw forbidden;
    };
    const report = await run(cluster, { concurrency: 1 });
    expect(report.namespaces[0]?.failures).to.deep.equal([
      "cannot release owners of claims or set marks on them: may not",
    ]);
    expect(callsOf(cluster, "patch")).to.have.length(1);
    expect(cluster.claims).to.have.length(20);
  });
});

describe("sweep of chosen namespaces", () => {
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

  for (const error of [lost, new ApiStatusError(401, "who are you"), forbidden])
    it(`${error === forbidden ? "reports each" : "throws"} when none can be listed: ${error.message}`, async () => {
      const cluster = fakeCluster();
      cluster.before = () => {
        throw error;
      };
      const result = await run(cluster, { namespaces: ["a", "b"] }).catch(
        (thrown: unknown) => thrown,
      );
      if (error !== forbidden) expect(result).to.equal(error);
      else expect(result).to.have.property("namespaces").that.has.lengthOf(2);
    });
});
