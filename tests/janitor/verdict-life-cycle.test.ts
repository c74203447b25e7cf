import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import fc from "fast-check";
import { bulkVerdict } from "../../janitor/bulk-rule.ts";
import { endsMark } from "../../janitor/reasons.ts";
import type { Verdict } from "../../janitor/reasons.ts";
import {
  aClaim,
  HOUR,
  LOST_NODE,
  MINUTE,
  NOW,
  podOf,
  RUNNING,
} from "./objects.ts";
import { verdictOn } from "./verdict-cases.ts";

const RETENTION = "volume-claim-template/retention";
const IDLE_TTL = "volume-claim-template/idle-ttl";
const FINISHED_PODS = "volume-claim-template/finished-pods";
const MARK = "volume-claim/unused-since";

const retain = { [RETENTION]: "Retain" };
const retainForADay = { ...retain, [IDLE_TTL]: "24h" };
const release = { [FINISHED_PODS]: "Release" };

function ago(milliseconds: number): { [MARK]: string } {
  return { [MARK]: new Date(NOW - milliseconds).toISOString() };
}

function judge(
  annotations: Record<string, string>,
  pods: readonly V1Pod[] = [],
  over: Parameters<typeof aClaim>[0] = {},
): Verdict {
  return verdictOn(
    aClaim({ createdAt: NOW - 240 * HOUR, ...over, annotations }),
    pods,
  );
}

describe("verdict by life cycle", () => {
  const inPhase = {
    Pending: podOf(aClaim(), "p", { phase: "Pending" }),
    Running: podOf(aClaim(), "p"),
    Unknown: podOf(aClaim(), "p", { phase: "Unknown" }),
    Succeeded: podOf(aClaim(), "p", { phase: "Succeeded" }),
    Failed: podOf(aClaim(), "p", { phase: "Failed" }),
  };
  const lifeCycles: {
    name: string;
    annotations: Record<string, string>;
    /** Reasons without a Pod, with one that may run, and with one that has finished. */
    alone: Verdict["reason"];
    running: Verdict["reason"];
    finished: Verdict["reason"];
  }[] = [
    {
      name: "Delete",
      annotations: {},
      alone: "unused",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Delete and Release",
      annotations: release,
      alone: "unused",
      running: "in-use",
      finished: "only-finished-pods",
    },
    {
      name: "Delete, marked long ago",
      annotations: ago(100 * HOUR),
      alone: "unused",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Retain",
      annotations: retain,
      alone: "retained",
      running: "retained",
      finished: "retained",
    },
    {
      name: "Retain and Release, marked long ago",
      annotations: { ...retain, ...release, ...ago(100 * HOUR) },
      alone: "retained",
      running: "retained",
      finished: "retained",
    },
    {
      name: "Retain for a day, without a mark",
      annotations: retainForADay,
      alone: "idle-first-run",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Retain for a day and Release, without a mark",
      annotations: { ...retainForADay, ...release },
      alone: "idle-first-run",
      running: "in-use",
      finished: "idle-first-run",
    },
    {
      name: "Retain for a day, idle for a millisecond less",
      annotations: { ...retainForADay, ...ago(24 * HOUR - 1) },
      alone: "idle",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Retain for a day, idle for a day",
      annotations: { ...retainForADay, ...ago(24 * HOUR) },
      alone: "idle-too-long",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Retain for a day and Release, idle for a day",
      annotations: { ...retainForADay, ...release, ...ago(24 * HOUR) },
      alone: "idle-too-long",
      running: "in-use",
      finished: "idle-too-long",
    },
    {
      name: "Retain for a day, marked for a future",
      annotations: { ...retainForADay, ...ago(-HOUR) },
      alone: "idle-first-run",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Retain for a day, marked with what is no time",
      annotations: { ...retainForADay, [MARK]: "long ago" },
      alone: "idle-first-run",
      running: "in-use",
      finished: "in-use",
    },
    {
      name: "Reuse, which is not there yet",
      annotations: { [RETENTION]: "Reuse", ...release },
      alone: "unsupported-retention",
      running: "unsupported-retention",
      finished: "unsupported-retention",
    },
    {
      name: "Retain for what is no duration",
      annotations: { ...retain, [IDLE_TTL]: "a day", ...ago(100 * HOUR) },
      alone: "unsupported-idle-ttl",
      running: "unsupported-idle-ttl",
      finished: "unsupported-idle-ttl",
    },
    {
      name: "Delete with an idle-ttl",
      annotations: { [IDLE_TTL]: "24h", ...ago(100 * HOUR) },
      alone: "contradicting-life-cycle",
      running: "contradicting-life-cycle",
      finished: "contradicting-life-cycle",
    },
    {
      name: "Delete with finished-pods of another word",
      annotations: { [FINISHED_PODS]: "Free" },
      alone: "unsupported-finished-pods",
      running: "unsupported-finished-pods",
      finished: "unsupported-finished-pods",
    },
    {
      name: "held, whatever else it says",
      annotations: {
        ...retainForADay,
        ...release,
        ...ago(100 * HOUR),
        "volume-claim/hold": "true",
      },
      alone: "held",
      running: "held",
      finished: "held",
    },
  ];
  for (const { name, annotations, alone, running, finished } of lifeCycles)
    it(`${/Release/.test(name) ? "J4 " : ""}${name}: ${alone} alone, ${running} with a Pod, ${finished} with a finished one`, () => {
      expect(judge(annotations).reason).to.equal(alone);
      for (const phase of ["Pending", "Running", "Unknown"] as const)
        expect(judge(annotations, [inPhase[phase]]).reason).to.equal(running);
      for (const phase of ["Succeeded", "Failed"] as const)
        expect(judge(annotations, [inPhase[phase]]).reason).to.equal(finished);
    });

  it("J4 Release waits for the last of several Pods", () => {
    const { Succeeded, Running, Failed } = inPhase;
    expect(judge(release, [Succeeded, Running, Failed])).to.include({
      reason: "in-use",
      why: "used by Pod p (Running)",
    });
    expect(judge(release, [Succeeded, Failed])).to.include({
      decision: "delete",
      why: "named by finished Pods p (Succeeded), p (Failed) only, 10d old; it stays Terminating, and its volume stays, until these Pods are deleted",
    });
  });

  it("J5 Release does not take the word of the control plane for a lost node's", () => {
    const lost = podOf(aClaim(), "p", {
      phase: "Failed",
      status: { conditions: [LOST_NODE], containerStatuses: [RUNNING] },
    });
    expect(judge(release, [lost])).to.include({
      reason: "in-use",
      why: "used by Pod p (Failed, may still run)",
    });
  });

  it("J2 J13 keeps what is young or being made, whatever its life cycle, and does not mark it", () => {
    for (const annotations of [release, retainForADay]) {
      expect(
        judge(
          annotations,
          [inPhase.Succeeded].slice(annotations === release ? 0 : 1),
          {
            createdAt: NOW - MINUTE,
          },
        ).reason,
      ).to.equal("younger-than-grace");
      expect(
        judge(
          { ...annotations, "volume.kubernetes.io/selected-node": "node-1" },
          [],
          { bound: false, createdAt: NOW - HOUR / 2 },
        ).reason,
      ).to.equal("provisioning");
    }
  });

  it("says how long a retained claim is idle and how long it may be", () => {
    expect(judge(retainForADay).why).to.equal(
      "no Pod names it, idle from now on; it is retained for 24h",
    );
    expect(judge({ ...retainForADay, ...ago(HOUR) }).why).to.equal(
      "no Pod names it, idle for 60m; it is retained for 24h",
    );
    expect(judge({ ...retainForADay, ...ago(30 * HOUR) }).why).to.equal(
      "no Pod names it, idle for 30h; it was retained for 24h",
    );
  });

  const anyAnnotations = fc.record(
    {
      [RETENTION]: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom("Delete", "Retain") },
        fc.string(),
      ),
      [IDLE_TTL]: fc.oneof(fc.constantFrom("1ms", "24h", "0"), fc.string()),
      [FINISHED_PODS]: fc.constantFrom("Release", "Release", "Keep", "Free"),
      [MARK]: fc.oneof(
        fc
          .integer({ min: -1_000 * HOUR, max: HOUR })
          .map((offset) => new Date(NOW + offset).toISOString()),
        fc.string(),
      ),
      "volume-claim/hold": fc.constantFrom("false", "false", "true"),
    },
    { requiredKeys: [] },
  );
  const seldom = fc.constantFrom(false, false, true);
  const anyPod = fc
    .record({
      phase: fc.constantFrom("Running", "Succeeded", "Failed"),
      terminating: seldom,
      lost: seldom,
      runs: seldom,
    })
    .map(({ phase, terminating, lost, runs }) => ({
      finished:
        /Succeeded|Failed/.test(phase) && !terminating && !lost && !runs,
      pod: podOf(aClaim(), "p", {
        phase,
        terminating,
        status: {
          ...(lost && { conditions: [LOST_NODE] }),
          ...(runs && { containerStatuses: [RUNNING] }),
        },
      }),
    }));

  it("J6 never deletes or marks a claim that a Pod holds, whatever its annotations say", () => {
    fc.assert(
      fc.property(
        anyAnnotations,
        fc.array(anyPod, { minLength: 1, maxLength: 2 }),
        (annotations, pods) => {
          const held =
            annotations[FINISHED_PODS] !== "Release" ||
            pods.some(({ finished }) => !finished);
          const claim = aClaim({ createdAt: 0, annotations });
          const first = verdictOn(
            claim,
            pods.map(({ pod }) => pod),
          );
          const given = bulkVerdict(claim, first, NOW);
          if (!held) return;
          expect(given.decision).to.equal("keep");
          expect(endsMark(given)).to.equal(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("deletes only what is Delete, or was retained for as long as it says, whatever else is annotated", () => {
    fc.assert(
      fc.property(anyAnnotations, (annotations) => {
        const { decision, reason } = judge(annotations, [], { createdAt: 0 });
        if (decision !== "delete") return;
        const retention = annotations[RETENTION] ?? "Delete";
        expect(retention).to.equal(reason === "unused" ? "Delete" : "Retain");
        if (reason === "idle-too-long")
          expect(NOW - Date.parse(annotations[MARK] ?? "")).to.be.at.least(
            annotations[IDLE_TTL] === "24h" ? 24 * HOUR : 1,
          );
      }),
      { numRuns: 2_000 },
    );
  });
});
