import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../functions/contract/keys.ts";
import { MIN_MARK_AGE_MS } from "../../janitor/verdict/mass-deletion-guard.ts";
import { hasFailures } from "../../janitor/actions/outcome.ts";
import { fakeCluster, touched } from "./fake-cluster.ts";
import { claims, MINUTE, NOW, podOf } from "./objects.ts";

import { count, marked, run, unavailable } from "./sweep-run.ts";

describe("mass-deletion guard over several sweeps", () => {
  const orphans = claims(200);

  describe("J20 of a namespace where most claims seem unused", () => {
    it("marks in the first run, and deletes in a later one what is still unused", async () => {
      const cluster = fakeCluster({ claims: orphans });
      const first = await run(cluster);
      expect(count(first, "bulk-first-run")).to.equal(200);
      expect(marked(cluster)).to.equal(200);
      expect(cluster.claims[0]?.annotations).to.include({
        [UNUSED_SINCE_ANNOTATION]: "2030-01-01T12:00:00.000Z",
      });

      const beside = await run(cluster);
      expect(count(beside, "marked-just-now")).to.equal(200);

      cluster.serverTime = NOW + MIN_MARK_AGE_MS;
      const second = await run(cluster);
      expect(count(second, "unused")).to.equal(200);
      expect(cluster.claims).to.have.length(0);
    });

    it("takes the mark away from what is used again, so that it does not count later", async () => {
      const cluster = fakeCluster({ claims: orphans });
      await run(cluster);
      cluster.serverTime = NOW + 5 * MINUTE;
      cluster.pods["shop"] = orphans.map((claim) => podOf(claim));
      await run(cluster);
      expect(marked(cluster)).to.equal(0);

      cluster.serverTime = NOW + 10 * MINUTE;
      cluster.pods["shop"] = [];
      await run(cluster);
      expect(cluster.claims).to.have.length(200);
    });

    it("does not delete what lost its mark before the re-check", async () => {
      const cluster = fakeCluster({ claims: orphans });
      await run(cluster);
      cluster.serverTime = NOW + 5 * MINUTE;
      cluster.before = (call) => {
        if (call === "namespacePhase shop")
          cluster.claims.splice(0, 200, ...orphans.map(touched));
      };
      const report = await run(cluster);
      expect(count(report, "changed-meanwhile")).to.equal(200);
      expect(cluster.claims).to.have.length(200);
    });

    it("deletes without a mark where most claims are used", async () => {
      const cluster = fakeCluster({ claims: orphans });
      cluster.pods["shop"] = orphans.slice(0, 150).map((claim) => podOf(claim));
      expect(count(await run(cluster), "unused")).to.equal(50);
      expect(cluster.claims).to.have.length(150);
    });

    it("marks anew for each namespace on its own", async () => {
      const few = claims(3, { namespace: "few" }).map((claim, index) => ({
        ...claim,
        uid: `few-${index}`,
      }));
      const cluster = fakeCluster({ claims: [...orphans, ...few] });
      const report = await run(cluster);
      expect(count(report, "bulk-first-run")).to.equal(200);
      expect(count(report, "unused")).to.equal(3);
    });
  });

  it("J20 fails, and deletes nothing, when it cannot mark", async () => {
    const cluster = fakeCluster({ claims: orphans });
    cluster.before = (call) => {
      if (call.startsWith("patchClaim")) throw unavailable;
    };
    const report = await run(cluster);
    expect(count(report, "mark-failed")).to.equal(200);
    expect(cluster.claims).to.have.length(200);
    expect(hasFailures(report)).to.equal(true);
  });
});
