import { expect } from "chai";
import {
  goesWithPod,
  idleTtlContradiction,
  idleTtlMsOf,
  lifeCycleIn,
  lifeCycleProblem,
  releasesFinishedPods,
} from "../../../functions/contract/life-cycle.ts";

const RETENTION = "volume-claim-template/retention";
const IDLE_TTL = "volume-claim-template/idle-ttl";
const FINISHED_PODS = "volume-claim-template/finished-pods";

describe("lifeCycleIn", () => {
  it("takes the life-cycle keys, and only texts", () => {
    expect(
      lifeCycleIn({ [RETENTION]: "Retain", [IDLE_TTL]: 7, team: "shop" }),
    ).to.deep.equal({ [RETENTION]: "Retain" });
  });
});

describe("lifeCycleProblem", () => {
  const cases: [key: string, value: string, problem: string | undefined][] = [
    [RETENTION, "Delete", undefined],
    [RETENTION, "Retain", undefined],
    [
      RETENTION,
      "Reuse",
      "is not supported: it comes later; this version knows Delete and Retain",
    ],
    [RETENTION, "retain", "is not supported; known are Delete, Retain"],
    [IDLE_TTL, "36h", undefined],
    [IDLE_TTL, "soon", "is not a duration; write it like 36h or 7d"],
    [IDLE_TTL, "0s", "must be greater than zero"],
    [FINISHED_PODS, "Keep", undefined],
    [FINISHED_PODS, "Release", undefined],
    [FINISHED_PODS, "true", "is not supported; known are Keep, Release"],
  ];
  for (const [key, value, problem] of cases)
    it(`${problem === undefined ? "accepts" : "rejects"} ${key}: ${value}`, () => {
      expect(lifeCycleProblem(key, value)).to.equal(problem);
    });
});

describe("a life cycle", () => {
  const cases: {
    lifeCycle: Record<string, string>;
    goes: boolean;
    contradicts?: boolean;
    idleTtlMs?: number;
    releases?: boolean;
  }[] = [
    { lifeCycle: {}, goes: true },
    { lifeCycle: { [RETENTION]: "Delete" }, goes: true },
    {
      lifeCycle: { [IDLE_TTL]: "1h" },
      goes: true,
      contradicts: true,
      idleTtlMs: 3_600_000,
    },
    { lifeCycle: { [RETENTION]: "Retain" }, goes: false },
    {
      lifeCycle: { [RETENTION]: "Retain", [IDLE_TTL]: "7d" },
      goes: false,
      idleTtlMs: 604_800_000,
    },
    { lifeCycle: { [RETENTION]: "Retain", [IDLE_TTL]: "0" }, goes: false },
    { lifeCycle: { [FINISHED_PODS]: "Release" }, goes: true, releases: true },
    { lifeCycle: { [FINISHED_PODS]: "Keep" }, goes: true },
  ];
  for (const {
    lifeCycle,
    goes,
    contradicts = false,
    idleTtlMs,
    releases = false,
  } of cases)
    it(`is read from ${JSON.stringify(lifeCycle)}`, () => {
      expect(goesWithPod(lifeCycle)).to.equal(goes);
      expect(idleTtlContradiction(lifeCycle) !== undefined).to.equal(
        contradicts,
      );
      expect(idleTtlMsOf(lifeCycle)).to.equal(idleTtlMs);
      expect(releasesFinishedPods(lifeCycle)).to.equal(releases);
    });
});
