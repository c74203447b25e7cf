import { expect } from "chai";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { startFunction } from "../../support/function-on.ts";
import type { RunningFunction } from "../../support/function-on.ts";
import { startSilentProxy } from "../../support/silent-proxy.ts";
import type { SilentProxy } from "../../support/silent-proxy.ts";
import {
  sharedControlPlane,
  startTimeoutMs,
  uniqueNamespace,
} from "../../support/shared-control-plane.ts";
import { answerOf } from "./behind-proxy.ts";

/** No connection is closed: requests on the earlier connections get no answer. */
describe("when the peer of all kept connections stops answering", function () {
  this.timeout(120_000);
  let silent: SilentProxy;
  let running: RunningFunction | undefined;

  before(async function () {
    this.timeout(startTimeoutMs);
    const controlPlane = await sharedControlPlane();
    silent = await startSilentProxy(Number(new URL(controlPlane.server).port));
    const server = `https://127.0.0.1:${silent.port}`;
    running = await startFunction(
      controlPlane,
      controlPlane.kubeconfigFor(controlPlane.adminToken, { server }),
    );
  });
  after(async () => {
    await running?.stop();
    await silent?.stop();
  });

  it("W12: the function answers one admission, and twelve at once, in time", async () => {
    const namespace = await uniqueNamespace("silent");
    const reviews = (count: number, uid: string) =>
      Promise.all(
        Array.from({ length: count }, (_, number) => {
          const over = { uid: `${uid}-${number}`, namespace };
          const review = aReview(aRequest(aPod(), over));
          if (!running) throw new Error("the function runs");
          return answerOf(running, "10s", review);
        }),
      );
    await reviews(64, "before");
    expect(silent.open(), "more than tries").to.be.at.least(6);

    for (const count of [1, 12]) {
      silent.fallSilent();
      const startedAt = performance.now();
      const answers = await reviews(count, `silent-${count}`);
      expect(performance.now() - startedAt).to.be.below(10_000);
      for (const { allowed, status } of answers)
        expect(allowed, status?.message).to.equal(true);
    }
  });
});
