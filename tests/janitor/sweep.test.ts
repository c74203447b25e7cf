import { expect } from "chai";
import { ApiStatusError } from "../../functions/kubernetes/api-server.ts";
import { hasFailures, outcomesOf } from "../../janitor/actions/outcome.ts";
import { NoServerTimeError } from "../../janitor/sweep.ts";
import { fakeCluster } from "./fake-cluster.ts";
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
    expect(other.calls).to.deep.equal(["listClaims everywhere"]);

    const owned = aClaim({ ...held, ownerReferences: [ownedBy(podOf(used))] });
    const cluster = fakeCluster({ claims: [owned] });
    const report = await run(cluster);
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([]);
    expect(outcomesOf(report)[0]?.owners).to.equal("release");
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
      expect(reasons(report)).to.include({
        [unused.uid]: "namespace-failed",
        [inShop.uid]: "held",
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
