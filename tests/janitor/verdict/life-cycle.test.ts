import { expect } from "chai";
import {
  goesWithItsPod,
  lifeCycleOf,
} from "../../../janitor/verdict/life-cycle.ts";
import type { ClaimLifeCycle } from "../../../janitor/verdict/life-cycle.ts";
import { aClaim, HOUR } from "../objects.ts";

const KEY = "volume-claim-template/";

/** A claim with these life-cycle annotations, without their prefix. */
function claimWith(keys: Record<string, string>) {
  return aClaim({
    annotations: Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [KEY + key, value]),
    ),
  });
}

describe("lifeCycleOf", () => {
  const known: { keys: Record<string, string>; expected: ClaimLifeCycle }[] = [
    { keys: {}, expected: { releasesFinishedPods: false } },
    {
      keys: { retention: "Delete", "finished-pods": "Keep" },
      expected: { releasesFinishedPods: false },
    },
    {
      keys: { "finished-pods": "Release" },
      expected: { releasesFinishedPods: true },
    },
    {
      keys: { retention: "Retain", "idle-ttl": "36h" },
      expected: { idleTtlMs: 36 * HOUR, releasesFinishedPods: false },
    },
    {
      keys: {
        retention: "Retain",
        "idle-ttl": "1d12h",
        "finished-pods": "Release",
      },
      expected: { idleTtlMs: 36 * HOUR, releasesFinishedPods: true },
    },
  ];
  for (const { keys, expected } of known)
    it(`reads ${JSON.stringify(keys)}`, () => {
      expect(lifeCycleOf(claimWith(keys))).to.deep.equal(expected);
      expect(goesWithItsPod(claimWith(keys))).to.equal(!keys["idle-ttl"]);
    });

  const staying: {
    keys: Record<string, string>;
    reason: string;
    why: RegExp;
  }[] = [
    {
      keys: { retention: "Retain" },
      reason: "retained",
      why: /retention: Retain without volume-claim-template\/idle-ttl/,
    },
    {
      keys: { retention: "Retain", "finished-pods": "Release" },
      reason: "retained",
      why: /never deleted here/,
    },
    ...["Reuse", "retain", "delete", "", "Delete "].map((retention) => ({
      keys: { retention },
      reason: "unsupported-retention",
      why: /retention: ".*" is not supported.* Delete(,| and) Retain$/,
    })),
    ...["", "soon", "7", "7w", "-1h", " 7d", "1h 30m", "9e9d"].map((ttl) => ({
      keys: { retention: "Retain", "idle-ttl": ttl },
      reason: "unsupported-idle-ttl",
      why: /idle-ttl: ".*" is not a duration; write it like 36h or 7d$/,
    })),
    ...["0", "0s"].map((ttl) => ({
      keys: { retention: "Retain", "idle-ttl": ttl },
      reason: "unsupported-idle-ttl",
      why: /idle-ttl: ".*" must be greater than zero$/,
    })),
    {
      keys: { retention: "Retain", "idle-ttl": `${"9".repeat(400)}d` },
      reason: "unsupported-idle-ttl",
      why: /is not a duration/,
    },
    ...["release", "", "true"].map((finished) => ({
      keys: { "finished-pods": finished },
      reason: "unsupported-finished-pods",
      why: /finished-pods: ".*" is not supported; known are Keep, Release$/,
    })),
    {
      keys: { retention: "Retain", "finished-pods": "Maybe" },
      reason: "unsupported-finished-pods",
      why: /"Maybe"/,
    },
    {
      keys: { "idle-ttl": "7d" },
      reason: "contradicting-life-cycle",
      why: /idle-ttl: "7d" contradicts \S+retention: Delete/,
    },
    {
      keys: { retention: "Delete", "idle-ttl": "7d" },
      reason: "contradicting-life-cycle",
      why: /set \S+retention: Retain or leave it out$/,
    },
  ];
  for (const { keys, reason, why } of staying)
    it(`keeps for ${JSON.stringify(keys).slice(0, 100)}`, () => {
      const { stays } = lifeCycleOf(claimWith(keys));
      expect(stays?.reason).to.equal(reason);
      expect(stays?.why).to.match(why);
      expect(goesWithItsPod(claimWith(keys))).to.equal(false);
    });
});
