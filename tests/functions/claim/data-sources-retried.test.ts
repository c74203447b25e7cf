import { expect } from "chai";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import { readySnapshot, resolved, SNAPSHOT } from "./data-sources-on-script.ts";

describe("dataSourcesOn, of an API server that does not answer", () => {
  it("W12: asks again after no answer, 429 and 503", async () => {
    const { claim: found, requests } = await resolved(SNAPSHOT, [
      new ApiUnreachableError("connection reset"),
      new ApiStatusError(429, "too many requests"),
      new ApiStatusError(503, "starting"),
      readySnapshot,
    ]);
    expect(found?.spec.dataSource?.name).to.equal("nightly");
    expect(requests).to.have.lengthOf(4);
    for (const { timeoutMs } of requests)
      expect(timeoutMs).to.be.within(1_000, 2_500);
  });

  it("W12: gives up when the time is over, and says that another try may do", async () => {
    const start = performance.now();
    const { refused } = await resolved(
      SNAPSHOT,
      Array.from({ length: 20 }, () => new ApiUnreachableError("no answer")),
      200,
    );
    // All tries with their pauses would take a quarter of a minute; a machine that is busy wakes a timer late.
    expect(performance.now() - start).to.be.below(1_000);
    expect(refused?.status).to.equal(503);
    expect(refused?.message).to.include(
      "cannot be used: could not read the VolumeSnapshot in time: no answer",
    );
  });

  it("W12: does not wait for what the API server would take longer than there is time", async () => {
    const { refused, requests } = await resolved(SNAPSHOT, [
      new ApiStatusError(429, "busy", { retryAfterSeconds: 60 }),
    ]);
    expect(refused?.status).to.equal(503);
    expect(requests).to.have.lengthOf(1);
  });
});
