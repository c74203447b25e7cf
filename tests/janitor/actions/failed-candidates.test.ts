import { expect } from "chai";
import { ApiStatusError } from "../../../functions/kubernetes/api-server.ts";
import { FailedCandidates } from "../../../janitor/actions/failed-candidates.ts";

const busyFor = (retryAfterSeconds: number): ApiStatusError =>
  new ApiStatusError(429, "later", { retryAfterSeconds });

describe("FailedCandidates", () => {
  it("takes what another try may cure, unless it was the fourth try, and pauses for the longest Retry-After", async () => {
    const failed = new FailedCandidates<{ name: string; tries: number }>();
    expect(failed.take({ name: "a", tries: 1 }, busyFor(7))).to.equal(true);
    expect(failed.take({ name: "b", tries: 3 }, busyFor(2))).to.equal(true);
    expect(failed.take({ name: "c", tries: 4 }, busyFor(9))).to.equal(false);
    const forbidden = new ApiStatusError(403, "forbidden");
    expect(failed.take({ name: "d", tries: 1 }, forbidden)).to.equal(false);
    expect(failed.again.map(({ name }) => name)).to.deep.equal(["a", "b"]);
    const pauses: number[] = [];
    await failed.pause((milliseconds) => {
      pauses.push(milliseconds);
      return Promise.reject(new Error("the sweep is interrupted"));
    });
    expect(pauses).to.deep.equal([7_000]);
  });
});
