import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { poolReaderOn } from "../../../functions/hand-over/lists.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";

/** An API server that takes so long for each list, in milliseconds. */
function slowApi(takesMs: number): { api: ApiServer; lists: () => number } {
  let lists = 0;
  const api: ApiServer = async ({ path, timeoutMs }) => {
    if (path.endsWith("/persistentvolumeclaims")) lists += 1;
    await sleep(Math.min(takesMs, timeoutMs));
    if (timeoutMs < takesMs) throw new ApiUnreachableError("no answer in time");
    return { status: 200, body: { items: [] }, serverTime: 0 };
  };
  return { api, lists: () => lists };
}

describe("poolReaderOn", () => {
  it("gives requests that come together the same lists", async () => {
    const { api, lists } = slowApi(5);
    const reader = poolReaderOn(api);
    const now = performance.now();
    const read = (deadline: number) =>
      reader.read("shop", "hash", now, now + deadline);
    const [one, other] = await Promise.all([read(5_000), read(6_000)]);
    expect(one).to.equal(other);
    expect(lists()).to.equal(1);
  });

  it("lists again for a request that has more time than the one that began the lists", async () => {
    const { api } = slowApi(200);
    const reader = poolReaderOn(api);
    const now = performance.now();
    const outcomes = await Promise.allSettled([
      reader.read("shop", "hash", now, now + 100),
      reader.read("shop", "hash", now, now + 5_000),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      "rejected",
      "fulfilled",
    ]);
  });

  it("lists twice at most when the API server rejects the lists of many requests", async () => {
    let lists = 0;
    const reader = poolReaderOn(async () => {
      lists += 1;
      await sleep(1);
      throw new ApiStatusError(403, "forbidden");
    });
    const now = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        reader.read("shop", "hash", now, now + 1_000 + index),
      ),
    );
    expect(new Set(outcomes.map(({ status }) => status))).to.deep.equal(
      new Set(["rejected"]),
    );
    expect(lists).to.equal(2);
  });
});
