import { expect } from "chai";
import { growthOf } from "../../../functions/pool/growth.ts";
import { claim } from "./pool-builders.ts";

describe("growthOf", () => {
  const wanted = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "2Gi" } },
  };
  for (const [has, growth] of [
    ["1Gi", "2Gi"],
    ["2048Mi", undefined],
    ["3Gi", undefined],
  ] as const)
    it(`of a claim of ${has} to 2Gi is ${growth ?? "nothing"}`, () => {
      const spec = { resources: { requests: { storage: has } } };
      expect(growthOf(claim("a", { spec }), wanted)).to.equal(growth);
    });
});
