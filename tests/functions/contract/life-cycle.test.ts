import { expect } from "chai";
import {
  goesWithPod,
  idleTtlMsOf,
  LIFE_CYCLE_KEYS,
  lifeCycleContradictions,
  lifeCycleIn,
  lifeCycleProblem,
  releasesFinishedPods,
} from "../../../functions/contract/life-cycle.ts";

const RETENTION = "volume-claim-template/retention";
const IDLE_TTL = "volume-claim-template/idle-ttl";
const FINISHED_PODS = "volume-claim-template/finished-pods";
const retain = { [RETENTION]: "Retain" };
const reuse = { [RETENTION]: "Reuse" };
const wait = { ...reuse, "volume-claim-template/on-miss": "Wait" };

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
    { lifeCycle: reuse, goes: false, idleTtlMs: 604_800_000 },
    { lifeCycle: wait, goes: false },
    {
      lifeCycle: { ...wait, [IDLE_TTL]: "1h" },
      goes: false,
      idleTtlMs: 3_600_000,
    },
    { lifeCycle: { [FINISHED_PODS]: "Release" }, releases: true },
    { lifeCycle: { [FINISHED_PODS]: "Keep" } },
  ];
  for (const { lifeCycle, goes, contradicts, idleTtlMs, releases } of cases)
    it(`is read from ${JSON.stringify(lifeCycle)}`, () => {
      expect(goesWithPod(lifeCycle)).to.equal(goes ?? true);
      expect([...lifeCycleContradictions(lifeCycle).keys()]).to.deep.equal(
        contradicts ? [IDLE_TTL] : [],
      );
      expect(idleTtlMsOf(lifeCycle)).to.equal(idleTtlMs);
      expect(releasesFinishedPods(lifeCycle)).to.equal(releases ?? false);
    });

  it("has a check for each key but the reuse-key, which is any text", () => {
    expect(
      LIFE_CYCLE_KEYS.filter((key) => lifeCycleProblem(key, "?") === undefined),
    ).to.deep.equal(["volume-claim-template/reuse-key"]);
  });

  for (const key of [
    "on-miss",
    "pool",
    "reuse-key",
    "max-idle",
    "max-sets",
    "max-uses",
    "max-age",
  ])
    it(`contradicts itself with ${key} and without Reuse`, () => {
      const name = `volume-claim-template/${key}`;
      for (const other of [{}, retain])
        expect([
          ...lifeCycleContradictions({ ...other, [name]: "1" }).keys(),
        ]).to.deep.equal([name]);
      expect(lifeCycleContradictions({ ...reuse, [name]: "1" }).size).to.equal(
        0,
      );
    });

  for (const [key, contradicts] of [
    ["max-uses", true],
    ["max-age", true],
    ["max-sets", false],
    ["max-idle", true],
  ] as const)
    it(`${contradicts ? "contradicts itself" : "is sound"} with Wait and ${key}`, () => {
      const name = `volume-claim-template/${key}`;
      expect(
        lifeCycleContradictions({ ...wait, [name]: "1" }).has(name),
      ).to.equal(contradicts);
    });
});
