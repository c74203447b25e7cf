import { expect } from "chai";
import { hasFailures } from "../../janitor/actions/outcome.ts";
import { MIN_MARK_AGE_MS } from "../../janitor/verdict/mass-deletion-guard.ts";
import { fakeCluster, touched } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { aClaim, claims, HOUR, MINUTE, NOW, podOf } from "./objects.ts";
import { count, isRecheck, reasons, run, unavailable } from "./sweep-run.ts";
import {
  TEMPLATE_IDLE_TTL as IDLE_TTL,
  TEMPLATE_RETENTION as RETENTION,
  UNUSED_SINCE_ANNOTATION as MARK,
} from "../../functions/contract/keys.ts";

const anHour = { [RETENTION]: "Retain", [IDLE_TTL]: "1h" };

/** How many claims carry the mark. */
function marked({ claims: all }: FakeCluster): number {
  return all.filter(({ annotations }) => annotations[MARK]).length;
}

/** The reason that a sweep at that time gives, where it gives one for all claims. */
async function reasonAt(
  cluster: FakeCluster,
  time: number,
  options: Parameters<typeof run>[1] = {},
): Promise<string> {
  cluster.serverTime = time;
  const given = new Set(Object.values(reasons(await run(cluster, options))));
  return [...given].join();
}

/** What kubectl annotate does to every claim: another version, and the writer of the mark stays the same. */
function annotate(
  cluster: FakeCluster,
  annotations: Record<string, string>,
): void {
  const changed = cluster.claims.map((claim) => ({
    ...touched(claim),
    annotations: { ...claim.annotations, ...annotations },
  }));
  cluster.claims.splice(0, changed.length, ...changed);
}

describe("sweeps over retained claims", () => {
  const claim = aClaim({ annotations: anHour });
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = fakeCluster({ claims: [claim] });
  });

  it("delete them when they were idle for as long as they say, and not before", async () => {
    expect(await reasonAt(cluster, NOW)).to.equal("idle-first-run");
    expect(cluster.claims[0]?.annotations).to.include({
      [MARK]: "2030-01-01T12:00:00.000Z",
    });
    expect(await reasonAt(cluster, NOW + HOUR - 1)).to.equal("idle");
    expect(cluster.claims).to.have.length(1);
    expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-too-long");
    expect(cluster.claims).to.have.length(0);
    expect(cluster.events).to.deep.equal([
      `shop/${claim.name}: no Pod names it, idle for 60m; it was retained for 60m`,
    ]);
  });

  it("start the time again when a Pod has named them meanwhile, even if somebody else writes to them at that moment", async () => {
    await run(cluster);
    cluster.pods["shop"] = [podOf(claim)];
    cluster.before = (call) => {
      if (call.startsWith("patchClaim"))
        annotate(cluster, { "example.com/backup": "done" });
    };
    expect(await reasonAt(cluster, NOW + HOUR / 2)).to.equal("in-use");
    expect(marked(cluster)).to.equal(0);
    cluster.before = () => undefined;
    cluster.pods["shop"] = [];
    expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-first-run");
    expect(await reasonAt(cluster, NOW + 2 * HOUR - 1)).to.equal("idle");
    expect(await reasonAt(cluster, NOW + 2 * HOUR)).to.equal("idle-too-long");
  });

  for (const annotations of [
    { "volume-claim/hold": "true" },
    { [RETENTION]: "Reuse" },
  ])
    it(`take away the mark with ${JSON.stringify(annotations)}, since the Pods do not matter then`, async () => {
      await run(cluster);
      annotate(cluster, annotations);
      await reasonAt(cluster, NOW + HOUR / 2);
      expect(marked(cluster)).to.equal(0);
      annotate(cluster, { ...anHour, "volume-claim/hold": "false" });
      expect(await reasonAt(cluster, NOW + 2 * HOUR)).to.equal(
        "idle-first-run",
      );
    });

  it("leave the mark while the claim is younger than a longer grace period", async () => {
    await run(cluster);
    expect(
      await reasonAt(cluster, NOW + HOUR / 2, { gracePeriodMs: 2 * HOUR }),
    ).to.equal("younger-than-grace");
    expect(marked(cluster)).to.equal(1);
    expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-too-long");
  });

  for (const [annotations, reason] of [
    [{ [IDLE_TTL]: "999999d" }, "idle"],
    [{ [RETENTION]: "Forever" }, "unsupported-retention"],
    [{ "volume-claim/hold": "true" }, "held"],
    [{ [MARK]: "" }, "changed-meanwhile"],
  ] as const)
    it(`keep them when ${JSON.stringify(annotations)} is written between the list and the re-check`, async () => {
      await run(cluster);
      cluster.before = (call) => {
        if (isRecheck(cluster, call)) annotate(cluster, annotations);
      };
      expect(await reasonAt(cluster, NOW + 5 * HOUR)).to.equal(reason);
      expect(cluster.claims).to.have.length(1);
    });
});

describe("sweeps of a namespace where most claims seem unused", () => {
  const orphans = claims(20);
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = fakeCluster({ claims: orphans });
  });

  it("J20 mark in the first run, and delete in a later one what is still unused", async () => {
    expect(await reasonAt(cluster, NOW)).to.equal("mass-deletion-first-run");
    expect(marked(cluster)).to.equal(20);
    expect(await reasonAt(cluster, NOW)).to.equal("marked-just-now");
    expect(await reasonAt(cluster, NOW + MIN_MARK_AGE_MS)).to.equal("unused");
    expect(cluster.claims).to.have.length(0);
  });

  it("J20 take the mark away from what is used again, so that it does not count later", async () => {
    await run(cluster);
    cluster.pods["shop"] = orphans.map((claim) => podOf(claim));
    expect(await reasonAt(cluster, NOW + 5 * MINUTE)).to.equal("in-use");
    expect(marked(cluster)).to.equal(0);
    cluster.pods["shop"] = [];
    expect(await reasonAt(cluster, NOW + 2 * HOUR)).to.equal(
      "mass-deletion-first-run",
    );
    expect(cluster.claims).to.have.length(20);
  });

  it("J20 do not delete what lost its mark before the re-check", async () => {
    await run(cluster);
    cluster.before = (call) => {
      if (call === "namespacePhase shop") annotate(cluster, { [MARK]: "" });
    };
    expect(await reasonAt(cluster, NOW + 5 * MINUTE)).to.equal(
      "changed-meanwhile",
    );
    expect(cluster.claims).to.have.length(20);
  });

  it("J20 delete without a mark where most claims are used, and in other namespaces", async () => {
    cluster.claims.push(...claims(3, { namespace: "few" }));
    expect(count(await run(cluster, { dryRun: true }), "unused")).to.equal(3);
    cluster.pods["shop"] = orphans.slice(0, 15).map((claim) => podOf(claim));
    expect(count(await run(cluster), "unused")).to.equal(5 + 3);
  });

  it("J20 fail, and delete nothing, when they cannot mark", async () => {
    cluster.before = (call) => {
      if (call.startsWith("patchClaim")) throw unavailable;
    };
    const report = await run(cluster);
    expect(count(report, "mark-failed")).to.equal(20);
    expect(cluster.claims).to.have.length(20);
    expect(hasFailures(report)).to.equal(true);
  });

  describe("and many are retained", () => {
    const retained = claims(20, { annotations: anHour });
    const others = Array.from({ length: 5 }, (_, index) =>
      aClaim({ requestUid: `other-${index}` }),
    );

    it("J20 J11 do not take a mark of a run just before for an earlier one's, however short the idle time", async () => {
      annotate(cluster, { ...anHour, [IDLE_TTL]: "1s" });
      expect(await reasonAt(cluster, NOW)).to.equal("idle-first-run");
      expect(await reasonAt(cluster, NOW + MIN_MARK_AGE_MS - 1)).to.equal(
        "marked-just-now",
      );
      expect(await reasonAt(cluster, NOW + MIN_MARK_AGE_MS)).to.equal(
        "idle-too-long",
      );
    });

    it("J20 mark the others, too, when all seem unused at once, but do not hold them up later", async () => {
      cluster = fakeCluster({ claims: [...retained, ...others] });
      const first = await run(cluster);
      expect(count(first, "idle-first-run")).to.equal(20);
      expect(count(first, "mass-deletion-first-run")).to.equal(5);
      cluster = fakeCluster({ claims: retained });
      await run(cluster);
      cluster.claims.push(...others);
      cluster.serverTime = NOW + 5 * MINUTE;
      const later = await run(cluster);
      expect(count(later, "idle")).to.equal(20);
      expect(count(later, "unused")).to.equal(5);
    });

    it("J20 count the idle time from the guard's mark on", async () => {
      await run(cluster);
      annotate(cluster, anHour);
      expect(await reasonAt(cluster, NOW + HOUR - 1)).to.equal("idle");
      expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-too-long");
      expect(cluster.claims).to.have.length(0);
    });
  });
});
