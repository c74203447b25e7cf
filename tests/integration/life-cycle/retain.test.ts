import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../../functions/contract/keys.ts";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { eventually } from "../../support/eventually.ts";
import { lifeCycleSuite } from "./suite.ts";
import { IDLE_TTL, RETENTION } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The API server notes writes to the second. */
const CLOCK_STEP_MS = 1_000;

describe("retained claims on a real API server", function () {
  this.timeout(30_000);
  const suite = lifeCycleSuite();

  it("Retain: stays over sweeps and over the end of its Pod, without a mark and without an owner", async () => {
    const claim = await suite.claimWith({
      [RETENTION]: "Retain",
      "pv.kubernetes.io/bind-completed": "yes",
    });
    await suite.createPod("web-1", claim);
    expect(await suite.reasons()).to.deep.equal({ [claim]: "retained" });
    await suite.deletePod("web-1");
    for (let sweeps = 0; sweeps < 3; sweeps += 1)
      expect(await suite.reasons()).to.deep.equal({ [claim]: "retained" });
    const left = await suite.claimNamed(claim);
    expect(left?.metadata?.ownerReferences).to.equal(undefined);
    expect(await suite.markOf(claim)).to.equal(undefined);
  });

  it("J12 Retain with idle-ttl: goes after that time without a Pod, by the API server's clock, and not before", async () => {
    const ttlMs = 3_000;
    const claim = await suite.claimWith({
      [RETENTION]: "Retain",
      [IDLE_TTL]: "3s",
    });
    await suite.createPod("web-1", claim);
    expect(await suite.reasons()).to.deep.equal({ [claim]: "in-use" });
    await suite.deletePod("web-1");
    await sleep(CLOCK_STEP_MS);
    expect(await suite.reasons()).to.deep.equal({ [claim]: "idle-first-run" });
    const mark = Date.parse((await suite.markOf(claim)) ?? "");
    expect(Date.now() - mark).to.be.within(0, 2 * CLOCK_STEP_MS);

    const seen = new Set<string>();
    const marked = performance.now();
    const last = await eventually("it goes", async () => {
      const report = await suite.sweep();
      const [outcome] = outcomesOf(report);
      seen.add(outcome?.decision.reason ?? "none");
      return outcome?.decision.decision === "delete" && report;
    });
    expect([...seen]).to.deep.equal(["idle", "idle-too-long"]);
    expect(last.now - mark).to.be.at.least(ttlMs);
    expect(performance.now() - marked).to.be.within(
      ttlMs - CLOCK_STEP_MS,
      ttlMs + 5_000,
    );
    expect(await suite.names()).to.deep.equal([]);
  });

  it("Retain with idle-ttl: a Pod that names the claim by hand starts its time anew", async () => {
    const claim = await suite.claimWith({
      [RETENTION]: "Retain",
      [IDLE_TTL]: "1h",
    });
    await suite.reasons();
    expect(await suite.reasons({ laterMs: HOUR / 2 })).to.deep.equal({
      [claim]: "idle",
    });

    await suite.createPod("debug", claim, { byHand: true });
    expect(await suite.reasons()).to.deep.equal({ [claim]: "in-use" });
    expect(await suite.markOf(claim)).to.equal(undefined);
    await suite.deletePod("debug");
    expect(await suite.reasons({ laterMs: HOUR })).to.deep.equal({
      [claim]: "idle-first-run",
    });
    expect(await suite.reasons({ laterMs: 2 * HOUR - MINUTE })).to.deep.equal({
      [claim]: "idle",
    });
    expect(await suite.reasons({ laterMs: 2 * HOUR + MINUTE })).to.deep.equal({
      [claim]: "idle-too-long",
    });
  });

  const forgeries: { name: string; mark: string }[] = [
    { name: "a time long ago", mark: "2020-01-01T00:00:00Z" },
    { name: "a future", mark: "2120-01-01T00:00:00Z" },
    { name: "no time at all", mark: "a while ago" },
  ];
  for (const { name, mark } of forgeries)
    it(`J12 Retain with idle-ttl: a person who writes ${name} into the mark makes nothing sooner`, async () => {
      const claim = await suite.claimWith({
        [RETENTION]: "Retain",
        [IDLE_TTL]: "1h",
        [UNUSED_SINCE_ANNOTATION]: mark,
      });
      expect(await suite.reasons()).to.deep.equal({
        [claim]: "idle-first-run",
      });
      expect(await suite.reasons()).to.deep.equal({ [claim]: "idle" });
      const key = UNUSED_SINCE_ANNOTATION;
      await suite.annotate(claim, `${key}=${mark}`);
      expect(await suite.reasons()).to.deep.equal({
        [claim]: "idle-first-run",
      });
      const now = Date.parse((await suite.markOf(claim)) ?? "");
      expect(Date.now() - now).to.be.within(0, 10_000);
      expect(await suite.names()).to.deep.equal([claim]);
    });

  it("Retain with idle-ttl: a dry run neither marks nor deletes", async () => {
    const claim = await suite.claimWith({
      [RETENTION]: "Retain",
      [IDLE_TTL]: "1h",
    });
    expect(await suite.reasons({ dryRun: true })).to.deep.equal({
      [claim]: "idle-first-run",
    });
    expect(await suite.markOf(claim)).to.equal(undefined);
    await suite.reasons();
    expect(
      await suite.reasons({ dryRun: true, laterMs: 2 * HOUR }),
    ).to.deep.equal({
      [claim]: "idle-too-long",
    });
    expect(await suite.names()).to.deep.equal([claim]);
  });

  it("J20 a namespace of retained claims that is scaled to zero passes: marked, waited for, deleted", async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, () =>
        suite.claimWith({ [RETENTION]: "Retain", [IDLE_TTL]: "1h" }),
      ),
    );
    const allAre = (reason: string) =>
      Object.fromEntries(all.map((name) => [name, reason]));
    expect(await suite.reasons()).to.deep.equal(allAre("idle-first-run"));
    expect(await suite.reasons()).to.deep.equal(allAre("idle"));
    expect(await suite.reasons({ laterMs: HOUR + MINUTE })).to.deep.equal(
      allAre("idle-too-long"),
    );
    expect(await suite.names()).to.deep.equal([]);
  });
});
