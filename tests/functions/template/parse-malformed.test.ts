import { expect } from "chai";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { planClaims } from "../../../functions/pod/plan.ts";
import { aPod } from "../../support/builders.ts";
import { MALFORMED } from "./malformed.ts";

const request = { requestUid: "1", requestedAt: "", namespace: "shop" };

describe("a Pod with malformed templates", () => {
  for (const { name, annotations, volumes, messages } of MALFORMED)
    it(`W9: is rejected with every problem: ${name}`, async () => {
      const pod = aPod({
        annotations,
        volumes: [...(volumes ?? [{ name: "data", emptyDir: {} }])],
        mounts: ["data"],
      });
      const plan = await planClaims(pod, request, {
        claim: () => "claim",
        pool: () => "pool",
      });
      if (plan.kind !== "deny") throw new Error(plan.kind);
      expect(plan.errors.map(fieldMessage)).to.deep.equal(messages);
    });
});
