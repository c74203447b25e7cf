import { expect } from "chai";
import { limitInFlight } from "../../../functions/admission/in-flight.ts";
import { allowed } from "../../../functions/admission/response.ts";
import { aPod, aRequest } from "../../support/builders.ts";

describe("limitInFlight", () => {
  it("W13: turns away at once what is too much, and takes new work when some is done", async () => {
    const waiting: (() => void)[] = [];
    const handler = limitInFlight(
      () =>
        new Promise((resolve) => {
          waiting.push(() => resolve(allowed("done")));
        }),
      2,
    );
    const first = handler(aRequest(aPod()), 0);
    const second = handler(aRequest(aPod()), 0);
    const third = await handler(aRequest(aPod()), 0);
    expect(third).to.deep.equal({
      allowed: false,
      code: 503,
      statusReason: "ServiceUnavailable",
      reason: "busy with 2 other Pods; try again",
    });
    waiting.shift()?.();
    expect(await first).to.have.property("allowed", true);
    const fourth = handler(aRequest(aPod()), 0);
    for (const release of waiting) release();
    expect(await second).to.have.property("allowed", true);
    expect(await fourth).to.have.property("allowed", true);
  });

  it("gives the place back when the work fails", async () => {
    const handler = limitInFlight(() => Promise.reject(new Error("broken")), 1);
    for (let call = 0; call < 3; call += 1) {
      const outcome = await handler(aRequest(aPod()), 0).catch(
        (error: unknown) => error,
      );
      expect(outcome).to.be.instanceOf(Error);
    }
  });
});
