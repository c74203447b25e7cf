import { expect } from "chai";
import { longAgo, makeEarlyOrphans } from "./early-orphans.ts";

describe("Pods that are refused after the function", () => {
  it("W1 leave a claim, for the CronJob to find later", async () => {
    await makeEarlyOrphans();
    expect(longAgo.orphans).to.not.be.empty;
  });
});
