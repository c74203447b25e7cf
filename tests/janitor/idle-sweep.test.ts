import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../functions/contract/keys.ts";
import { outcomesOf } from "../../janitor/actions/outcome.ts";
import { fakeCluster, touched } from "./fake-cluster.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import { aClaim, HOUR, NOW, ownedBy, podOf } from "./objects.ts";
import { isRecheck, marked, reasons, run, writesOf } from "./sweep-run.ts";
import { IDLE_TTL, RETENTION } from "./verdict/verdict-cases.ts";

const retainForAnHour = { [RETENTION]: "Retain", [IDLE_TTL]: "1h" };

/** The reason that a sweep at that time gives for the one claim. */
async function reasonAt(
  cluster: FakeCluster,
  time: number,
  options: Parameters<typeof run>[1] = {},
): Promise<string | undefined> {
  cluster.serverTime = time;
  return Object.values(reasons(await run(cluster, options)))[0];
}

describe("retained claims over several sweeps", () => {
  const claim = aClaim({ annotations: retainForAnHour });

  /** What kubectl annotate does: another version, and the mark's writer stays who it was. */
  function annotate(
    cluster: FakeCluster,
    annotations: Record<string, string>,
  ): void {
    const [found = claim] = cluster.claims;
    cluster.claims[0] = {
      ...touched(found),
      annotations: { ...found.annotations, ...annotations },
    };
  }

  it("go when they were idle for as long as they say, and not before", async () => {
    const cluster = fakeCluster({ claims: [claim] });
    expect(await reasonAt(cluster, NOW)).to.equal("idle-first-run");
    expect(cluster.claims[0]?.annotations).to.include({
      [UNUSED_SINCE_ANNOTATION]: "2030-01-01T12:00:00.000Z",
    });
    expect(await reasonAt(cluster, NOW + HOUR - 1)).to.equal("idle");
    expect(cluster.claims).to.have.length(1);
    expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-too-long");
    expect(cluster.claims).to.have.length(0);
    expect(cluster.events).to.deep.equal([
      `shop/${claim.name}: no Pod names it, idle for 60m; it was retained for 60m`,
    ]);
  });

  it("start anew when a Pod has named them meanwhile", async () => {
    const cluster = fakeCluster({ claims: [claim] });
    await run(cluster);
    cluster.pods["shop"] = [podOf(claim)];
    expect(await reasonAt(cluster, NOW + HOUR / 2)).to.equal("in-use");
    expect(marked(cluster)).to.equal(0);
    cluster.pods["shop"] = [];
    expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-first-run");
    expect(await reasonAt(cluster, NOW + 2 * HOUR - 1)).to.equal("idle");
    expect(await reasonAt(cluster, NOW + 2 * HOUR)).to.equal("idle-too-long");
  });

  it("lose the mark of a Pod's claim though somebody else writes to it at that moment", async () => {
    const cluster = fakeCluster({ claims: [claim] });
    await run(cluster);
    cluster.pods["shop"] = [podOf(claim)];
    cluster.before = (call) => {
      if (call.startsWith("patchClaim"))
        annotate(cluster, { "example.com/backup": "done" });
    };
    await run(cluster);
    expect(marked(cluster)).to.equal(0);
  });

  for (const [name, annotations] of [
    ["held", { "volume-claim/hold": "true" }],
    ["retained for ever", { [RETENTION]: "Retain" }],
    ["of a retention that is not known", { [RETENTION]: "Reuse" }],
  ] as const)
    it(`lose their mark while they are ${name}, for nobody looks at their Pods then`, async () => {
      const cluster = fakeCluster({ claims: [claim] });
      await run(cluster);
      const [before = claim] = cluster.claims;
      const { [IDLE_TTL]: ttl = "", ...others } = before.annotations;
      cluster.claims[0] = {
        ...touched(before),
        annotations: { ...others, ...annotations },
      };
      await reasonAt(cluster, NOW + HOUR / 2);
      expect(marked(cluster)).to.equal(0);
      annotate(cluster, {
        ...retainForAnHour,
        [IDLE_TTL]: ttl,
        "volume-claim/hold": "false",
      });
      expect(await reasonAt(cluster, NOW + 2 * HOUR)).to.equal(
        "idle-first-run",
      );
    });

  it("keep their mark while a longer grace period has them for young, for no Pod was found then either", async () => {
    const cluster = fakeCluster({ claims: [claim] });
    await run(cluster);
    expect(
      await reasonAt(cluster, NOW + HOUR / 2, { gracePeriodMs: 2 * HOUR }),
    ).to.equal("younger-than-grace");
    expect(marked(cluster)).to.equal(1);
    expect(await reasonAt(cluster, NOW + HOUR)).to.equal("idle-too-long");
  });

  it("are neither marked nor deleted by a dry run", async () => {
    const cluster = fakeCluster({ claims: [claim] });
    const dryRun = { dryRun: true };
    expect(await reasonAt(cluster, NOW, dryRun)).to.equal("idle-first-run");
    expect(await reasonAt(cluster, NOW + HOUR, dryRun)).to.equal(
      "idle-first-run",
    );
    expect(writesOf(cluster)).to.deep.equal([]);
    await run(cluster);
    expect(await reasonAt(cluster, NOW + 2 * HOUR, dryRun)).to.equal(
      "idle-too-long",
    );
    expect(cluster.claims).to.have.length(1);
  });

  for (const [name, annotations, reason] of [
    ["for ever", { [IDLE_TTL]: "999999d" }, "idle"],
    [
      "by another retention",
      { [RETENTION]: "Forever" },
      "unsupported-retention",
    ],
    ["by a hold", { "volume-claim/hold": "true" }, "held"],
  ] as const)
    it(`stay when they are kept ${name} between the list and the re-check`, async () => {
      const cluster = fakeCluster({ claims: [claim] });
      await run(cluster);
      cluster.before = (call) => {
        if (isRecheck(cluster, call)) annotate(cluster, annotations);
      };
      expect(await reasonAt(cluster, NOW + 5 * HOUR)).to.equal(reason);
      expect(cluster.claims).to.have.length(1);
    });

  it("stay when their mark is taken away between the list and the re-check", async () => {
    const cluster = fakeCluster({ claims: [claim] });
    await run(cluster);
    cluster.before = (call) => {
      if (isRecheck(cluster, call)) cluster.claims[0] = touched(claim);
    };
    expect(await reasonAt(cluster, NOW + 5 * HOUR)).to.equal(
      "changed-meanwhile",
    );
    expect(cluster.claims).to.have.length(1);
  });

  it("are released from the Pod that they were to go with, and adopted again when they are to go again", async () => {
    const pod = podOf(claim);
    const cluster = fakeCluster({
      claims: [
        aClaim({
          ownerReferences: [ownedBy(pod)],
          annotations: { [RETENTION]: "Retain" },
        }),
      ],
      pods: { shop: [pod] },
    });
    const [released] = outcomesOf(await run(cluster));
    expect(released).to.include({ owners: "release" });
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([]);
    annotate(cluster, { [RETENTION]: "Delete" });
    const [adopted] = outcomesOf(await run(cluster));
    expect(adopted).to.include({ owners: "adopt" });
    expect(cluster.claims[0]?.ownerReferences).to.deep.equal([ownedBy(pod)]);
  });
});
