import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { aClaim, HOUR, MINUTE, NOW, podOf } from "../objects.ts";
import {
  FINISHED_PODS,
  IDLE_TTL,
  MARK,
  RETENTION,
  verdictOn,
} from "./verdict-cases.ts";

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

type Reason = Verdict["reason"];

function always(reason: Reason): [Reason, Reason, Reason] {
  return [reason, reason, reason];
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
    /** Without a Pod, with one that may run, and with one that has finished. */
    reasons: [alone: Reason, running: Reason, finished: Reason];
  }[] = [
    {
      name: "Delete",
      annotations: {},
      reasons: ["unused", "in-use", "in-use"],
    },
    {
      name: "Delete and Release",
      annotations: release,
      reasons: ["unused", "in-use", "only-finished-pods"],
    },
    {
      name: "Delete, marked long ago",
      annotations: ago(100 * HOUR),
      reasons: ["unused", "in-use", "in-use"],
    },
    {
      name: "Retain",
      annotations: retain,
      reasons: always("retained"),
    },
    {
      name: "Retain and Release, marked long ago",
      annotations: { ...retain, ...release, ...ago(100 * HOUR) },
      reasons: always("retained"),
    },
    {
      name: "Retain for a day, without a mark",
      annotations: retainForADay,
      reasons: ["idle-first-run", "in-use", "in-use"],
    },
    {
      name: "Retain for a day and Release, without a mark",
      annotations: { ...retainForADay, ...release },
      reasons: ["idle-first-run", "in-use", "idle-first-run"],
    },
    {
      name: "Retain for a day, idle for a millisecond less",
      annotations: { ...retainForADay, ...ago(24 * HOUR - 1) },
      reasons: ["idle", "in-use", "in-use"],
    },
    {
      name: "Retain for a day, idle for a day",
      annotations: { ...retainForADay, ...ago(24 * HOUR) },
      reasons: ["idle-too-long", "in-use", "in-use"],
    },
    {
      name: "Retain for a day and Release, idle for a day",
      annotations: { ...retainForADay, ...release, ...ago(24 * HOUR) },
      reasons: ["idle-too-long", "in-use", "idle-too-long"],
    },
    {
      name: "Retain for a day, marked for a future",
      annotations: { ...retainForADay, ...ago(-HOUR) },
      reasons: ["idle-first-run", "in-use", "in-use"],
    },
    {
      name: "Retain for a day, marked with what is no time",
      annotations: { ...retainForADay, [MARK]: "long ago" },
      reasons: ["idle-first-run", "in-use", "in-use"],
    },
    {
      name: "Reuse, which is not there yet",
      annotations: { [RETENTION]: "Reuse", ...release },
      reasons: always("unsupported-retention"),
    },
    {
      name: "Retain for what is no duration",
      annotations: { ...retain, [IDLE_TTL]: "a day", ...ago(100 * HOUR) },
      reasons: always("unsupported-idle-ttl"),
    },
    {
      name: "Delete with an idle-ttl",
      annotations: { [IDLE_TTL]: "24h", ...ago(100 * HOUR) },
      reasons: always("contradicting-life-cycle"),
    },
    {
      name: "Delete with finished-pods of another word",
      annotations: { [FINISHED_PODS]: "Free" },
      reasons: always("unsupported-finished-pods"),
    },
    {
      name: "held, whatever else it says",
      annotations: {
        ...retainForADay,
        ...release,
        ...ago(100 * HOUR),
        "volume-claim/hold": "true",
      },
      reasons: always("held"),
    },
  ];
  for (const {
    name,
    annotations,
    reasons: [alone, running, finished],
  } of lifeCycles)
    it(`${/Release/.test(name) ? "J4 " : ""}${name}: ${alone} alone, ${running} with a Pod, ${finished} with a finished one`, () => {
      expect(judge(annotations).reason).to.equal(alone);
      for (const phase of ["Pending", "Running", "Unknown"] as const)
        expect(judge(annotations, [inPhase[phase]]).reason).to.equal(running);
      for (const phase of ["Succeeded", "Failed"] as const)
        expect(judge(annotations, [inPhase[phase]]).reason).to.equal(finished);
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
});
