import { expect } from "chai";
import {
  LIFE_CYCLE_KEYS,
  REUSE_KEYS,
} from "../../../functions/contract/life-cycle.ts";
import { lifeCycleOf } from "../../../janitor/verdict/life-cycle.ts";

describe("lifeCycleOf", () => {
  for (const key of LIFE_CYCLE_KEYS.filter(
    (name) => !REUSE_KEYS.includes(name),
  ))
    it(`keeps a claim with a wrong ${key}, with a reason of its own`, () => {
      const { stays } = lifeCycleOf({ annotations: { [key]: "?" } });
      expect(stays?.reason).to.equal(
        `unsupported-${key.slice("volume-claim-template/".length)}`,
      );
      expect(stays?.why).to.include(`${key}: "?"`);
    });

  it("keeps a claim with a wrong value of a key that counts with Reuse only", () => {
    const reasons = REUSE_KEYS.map(
      (key) =>
        lifeCycleOf({
          annotations: {
            "volume-claim-template/retention": "Reuse",
            [key]: "?",
          },
        }).stays?.reason,
    );
    expect(new Set(reasons)).to.deep.equal(
      new Set(["unsupported-reuse", undefined]),
    );
    expect(reasons.filter((reason) => reason === undefined).length).to.equal(1);
  });
});
