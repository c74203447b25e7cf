import { expect } from "chai";
import {
  goesWithPod,
  idleTtlContradiction,
  idleTtlMsOf,
  lifeCycleIn,
  releasesFinishedPods,
} from "../../../functions/contract/life-cycle.ts";

const RETENTION = "volume-claim-template/retention";
const IDLE_TTL = "volume-claim-template/idle-ttl";
const FINISHED_PODS = "volume-claim-template/finished-pods";
const retain = { [RETENTION]: "Retain" };

describe("the life cycle in annotations", () => {
  it("is that of the life-cycle keys whose values are texts", () => {
    expect(
      lifeCycleIn({ ...retain, [IDLE_TTL]: 7, team: "shop" }),
    ).to.deep.equal(retain);
  });

  const cases: {
    lifeCycle: Record<string, string>;
    goes?: false;
    contradicts?: true;
    idleTtlMs?: number;
    releases?: true;
  }[] = [
    { lifeCycle: {} },
    { lifeCycle: { [RETENTION]: "Delete" } },
    {
      lifeCycle: { [IDLE_TTL]: "1h" },
      contradicts: true,
      idleTtlMs: 3_600_000,
    },
    { lifeCycle: retain, goes: false },
    {
      lifeCycle: { ...retain, [IDLE_TTL]: "7d" },
      goes: false,
      idleTtlMs: 604_800_000,
    },
    { lifeCycle: { ...retain, [IDLE_TTL]: "0" }, goes: false },
    { lifeCycle: { ...retain, [IDLE_TTL]: "soon" }, goes: false },
    { lifeCycle: { [FINISHED_PODS]: "Release" }, releases: true },
    { lifeCycle: { [FINISHED_PODS]: "Keep" } },
  ];
  for (const { lifeCycle, goes, contradicts, idleTtlMs, releases } of cases)
    it(`is read from ${JSON.stringify(lifeCycle)}`, () => {
      expect(goesWithPod(lifeCycle)).to.equal(goes ?? true);
      expect(idleTtlContradiction(lifeCycle) !== undefined).to.equal(
        contradicts ?? false,
      );
      expect(idleTtlMsOf(lifeCycle)).to.equal(idleTtlMs);
      expect(releasesFinishedPods(lifeCycle)).to.equal(releases ?? false);
    });
});
