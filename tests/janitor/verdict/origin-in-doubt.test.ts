import { expect } from "chai";
import { originInDoubt } from "../../../janitor/verdict/origin-in-doubt.ts";
import { aClaim, claims, HOUR, MINUTE, NOW, podOf } from "../objects.ts";
import { fakeCluster } from "../fake-cluster.ts";
import { count, reasons, run, writesOf } from "../sweep-run.ts";
import { itJudges } from "./verdict-cases.ts";

const REQUESTED_AT = "volume-claim/requested-at";
const USED_AS = "volume-claim/used-as";

/** A claim that was created at `NOW - HOUR`, so long after its request. */
function createdAfter(delayMs: number): ReturnType<typeof aClaim> {
  return aClaim({
    annotations: {
      [REQUESTED_AT]: new Date(NOW - HOUR - delayMs).toISOString(),
    },
  });
}

function withTime(requestedAt: string): ReturnType<typeof aClaim> {
  return aClaim({ annotations: { [REQUESTED_AT]: requestedAt } });
}

describe("originInDoubt", () => {
  const unknown = "unknown-request-time";
  const cases: [when: string, claim: typeof restored, reason?: string][] = [
    ["at its request", createdAfter(0)],
    ["two minutes after it", createdAfter(2 * MINUTE)],
    ["a millisecond later", createdAfter(2 * MINUTE + 1), "restored"],
    ["two minutes before it", createdAfter(-2 * MINUTE)],
    ["a millisecond earlier", createdAfter(-2 * MINUTE - 1), unknown],
    ["at a time of another zone", withTime("2030-01-01T13:00:00+02:00")],
    ["at a mere date", withTime("2030-01-01"), unknown],
    ["at a time that never was", withTime("2030-13-01T11:00:00Z"), unknown],
    ["at an empty time", withTime(""), unknown],
  ];
  for (const [when, claim, reason] of cases)
    it(`${reason === undefined ? "has none" : `says ${reason}`} about a claim created ${when}`, () => {
      expect(originInDoubt(claim)?.reason).to.equal(reason);
    });

  it("has none about a claim whose Pod was seen, and ignores such a mark of another claim", () => {
    const seen = (uid: string): string | undefined =>
      originInDoubt({
        ...restored,
        annotations: { ...restored.annotations, [USED_AS]: uid },
      })?.reason;
    expect(seen(restored.uid)).to.equal(undefined);
    expect(seen("another")).to.equal("restored");
    expect(seen("")).to.equal("restored");
  });
});

const restored = createdAfter(48 * HOUR);

describe("verdict on a restored claim", () => {
  itJudges(
    "keeps it without a Pod, and says what to do",
    restored,
    "restored",
    {
      why: /start the workload that uses it, or delete it with kubectl delete persistentvolumeclaim --namespace shop web-cache-/,
    },
  );
  itJudges("keeps it in use", restored, "in-use", { pods: [podOf(restored)] });
  itJudges(
    "waits for the grace period first",
    { ...restored, createdAt: NOW - MINUTE },
    "younger-than-grace",
  );
});

describe("a sweep over restored claims", () => {
  it("does not count them for a list of Pods that may be wrong", async () => {
    const lost = claims(30, {
      annotations: {
        [REQUESTED_AT]: new Date(NOW - 48 * HOUR).toISOString(),
      },
    });
    const cluster = fakeCluster({ claims: lost });
    const report = await run(cluster);
    expect(count(report, "restored")).to.equal(30);
    expect(writesOf(cluster)).to.deep.equal([]);
  });

  it("does not adopt one before it was marked, marks it whatever else was written to it, and then adopts it", async () => {
    const pod = podOf(restored);
    const cluster = fakeCluster({ claims: [restored], pods: { shop: [pod] } });
    cluster.before = (call) => {
      if (!call.startsWith("patchClaim")) return;
      const [claim] = cluster.claims;
      if (claim) cluster.claims[0] = { ...claim, resourceVersion: "8" };
    };
    await run(cluster);
    expect(writesOf(cluster)).to.deep.equal([
      `patchClaim shop/${restored.name}`,
    ]);
    expect(cluster.claims[0]?.annotations[USED_AS]).to.equal(restored.uid);
    await run(cluster);
    expect(cluster.claims[0]?.ownerReferences).to.have.length(1);
    expect(writesOf(cluster)).to.deep.equal([
      `patchClaim shop/${restored.name}`,
      `adoptClaim shop/${restored.name}`,
    ]);
  });

  it("marks no claim that is held, or that its Pod does not name by the function's label", async () => {
    const held = {
      ...restored,
      annotations: { ...restored.annotations, "volume-claim/hold": "true" },
    };
    for (const [claim, pod] of [
      [held, podOf(held)],
      [restored, podOf(restored, "mover", { labels: {} })],
    ] as const) {
      const cluster = fakeCluster({ claims: [claim], pods: { shop: [pod] } });
      await run(cluster);
      expect(writesOf(cluster)).to.deep.equal([]);
    }
  });

  it("judges one with finished Pods only by them, from the sweep after the one that sees them on", async () => {
    const released = {
      ...restored,
      annotations: {
        ...restored.annotations,
        "volume-claim-template/finished-pods": "Release",
      },
    };
    const cluster = fakeCluster({
      claims: [released],
      pods: { shop: [podOf(released, "job", { phase: "Succeeded" })] },
    });
    expect(reasons(await run(cluster))).to.deep.equal({
      [released.uid]: "restored",
    });
    expect(reasons(await run(cluster))).to.deep.equal({
      [released.uid]: "only-finished-pods",
    });
  });

  it("marks at most 1000 in one run, and the rest in the next", async () => {
    const all = claims(1_200, { annotations: { [REQUESTED_AT]: "" } });
    const cluster = fakeCluster({
      claims: all,
      pods: { shop: all.map((claim) => podOf(claim)) },
    });
    const marked = (): number =>
      cluster.claims.filter(
        ({ annotations, uid }) => annotations[USED_AS] === uid,
      ).length;
    await run(cluster);
    expect(marked()).to.equal(1_000);
    // Those that were not marked got no owner either.
    expect(
      cluster.claims.filter(
        ({ ownerReferences }) => ownerReferences.length > 0,
      ),
    ).to.deep.equal([]);
    await run(cluster);
    expect(marked()).to.equal(1_200);
  });
});

describe("a sweep over sources of pending clones", () => {
  const source = aClaim({ requestUid: "source" });

  it("keeps them, and deletes them when the clone is made", async () => {
    const clone = aClaim({ requestUid: "clone" });
    const cluster = fakeCluster({
      claims: [source, clone],
      pods: { shop: [podOf(clone)] },
    });
    cluster.sources[clone.name] = source.name;
    expect(reasons(await run(cluster))).to.deep.equal({
      [source.uid]: "source-of-clone",
      [clone.uid]: "in-use",
    });
    delete cluster.sources[clone.name];
    expect(reasons(await run(cluster))).to.include({ [source.uid]: "unused" });
  });

  it("never makes a Pod their owner", async () => {
    const cluster = fakeCluster({
      claims: [source],
      pods: { shop: [podOf(source)] },
    });
    cluster.sources[source.name] = source.name;
    await run(cluster);
    expect(writesOf(cluster)).to.deep.equal([]);
  });
});
