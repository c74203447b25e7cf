import { expect } from "chai";
import { MIN_MARK_AGE_MS } from "../../janitor/verdict/mass-deletion-guard.ts";
import { fakeCluster, touched } from "./fake-cluster.ts";
import { aClaim, claims, HOUR, MINUTE, NOW, podOf } from "./objects.ts";
import { count, marked, run } from "./sweep-run.ts";
import { IDLE_TTL, RETENTION } from "./verdict/verdict-cases.ts";

const retainForAnHour = { [RETENTION]: "Retain", [IDLE_TTL]: "1h" };

describe("mass-deletion guard and idle time together", () => {
  const retained = claims(20, { annotations: retainForAnHour });
  const others = claims(20).map((claim, index) => ({
    ...claim,
    name: aClaim({ requestUid: `other-${index}` }).name,
    uid: `other-${index}`,
    annotations: aClaim({ requestUid: `other-${index}` }).annotations,
  }));

  it("J20 lets a scale to zero of retained claims pass: marked once, deleted when their time is over", async () => {
    const cluster = fakeCluster({ claims: retained });
    expect(count(await run(cluster), "idle-first-run")).to.equal(20);
    cluster.serverTime = NOW + HOUR - 1;
    expect(count(await run(cluster), "idle")).to.equal(20);
    cluster.serverTime = NOW + HOUR;
    expect(count(await run(cluster), "idle-too-long")).to.equal(20);
    expect(cluster.claims).to.have.length(0);
  });

  it("J20 J11 does not take a mark of a run just before for an earlier one's, however short the idle time", async () => {
    const cluster = fakeCluster({
      claims: claims(20, {
        annotations: { ...retainForAnHour, [IDLE_TTL]: "1s" },
      }),
    });
    await run(cluster);
    cluster.serverTime = NOW + MIN_MARK_AGE_MS - 1;
    expect(count(await run(cluster), "marked-just-now")).to.equal(20);
    cluster.serverTime = NOW + MIN_MARK_AGE_MS;
    expect(count(await run(cluster), "idle-too-long")).to.equal(20);
  });

  it("J20 retained claims that seem unused all at once cast doubt on the list, too", async () => {
    const few = others.slice(0, 5);
    const cluster = fakeCluster({ claims: [...retained, ...few] });
    const report = await run(cluster);
    expect(count(report, "idle-first-run")).to.equal(20);
    expect(count(report, "bulk-first-run")).to.equal(5);
  });

  it("J20 claims that wait out their time do not hold up the others", async () => {
    const few = others.slice(0, 5);
    const cluster = fakeCluster({ claims: retained });
    await run(cluster);
    cluster.claims.push(...few);
    cluster.serverTime = NOW + 5 * MINUTE;
    const report = await run(cluster);
    expect(count(report, "idle")).to.equal(20);
    expect(count(report, "unused")).to.equal(5);
  });

  it("J20 a list of Pods that is empty by mistake once costs nobody any time: the next one takes all marks away", async () => {
    const all = [...retained, ...others];
    const cluster = fakeCluster({ claims: all });
    await run(cluster);
    expect(marked(cluster)).to.equal(40);
    cluster.pods["shop"] = all.map((claim) => podOf(claim));
    cluster.serverTime = NOW + 5 * MINUTE;
    await run(cluster);
    expect(marked(cluster)).to.equal(0);
    cluster.pods["shop"] = [];
    cluster.serverTime = NOW + 2 * HOUR;
    const report = await run(cluster);
    expect(count(report, "idle-first-run")).to.equal(20);
    expect(count(report, "bulk-first-run")).to.equal(20);
    expect(cluster.claims).to.have.length(40);
  });

  it("J20 a claim marked by the mass-deletion guard and retained then was idle from that mark on", async () => {
    const cluster = fakeCluster({ claims: others });
    await run(cluster);
    cluster.claims.splice(
      0,
      20,
      ...cluster.claims.map((claim) => ({
        ...touched(claim),
        annotations: { ...claim.annotations, ...retainForAnHour },
      })),
    );
    cluster.serverTime = NOW + HOUR - 1;
    expect(count(await run(cluster), "idle")).to.equal(20);
    cluster.serverTime = NOW + HOUR;
    expect(count(await run(cluster), "idle-too-long")).to.equal(20);
  });
});
