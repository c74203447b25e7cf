import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import {
  forEachLimited,
  limitRequests,
} from "../../../janitor/cluster/concurrency.ts";

/** Work that takes a moment, and the most of it that was under way at once. */
function measured(): { work: () => Promise<void>; most: () => number } {
  let now = 0;
  let most = 0;
  return {
    most: () => most,
    work: async () => {
      now += 1;
      most = Math.max(most, now);
      await tick();
      now -= 1;
    },
  };
}

describe("forEachLimited", () => {
  it("works on every item, and on so many at once", async () => {
    const { work, most } = measured();
    const seen: number[] = [];
    await forEachLimited([1, 2, 3, 4, 5], 2, async (item) => {
      seen.push(item);
      await work();
    });
    expect(seen).to.deep.equal([1, 2, 3, 4, 5]);
    expect(most()).to.equal(2);
  });

  it("fails when one fails", async () => {
    const failure: unknown = await forEachLimited([1], 2, () =>
      Promise.reject(new TypeError("no")),
    ).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(TypeError);
  });
});

describe("limitRequests", () => {
  it("lets writes go before reads that wait", async () => {
    const order: string[] = [];
    const limited = limitRequests(async ({ method, path }) => {
      order.push(`${method} ${path}`);
      await tick();
      return { status: 200, body: undefined, serverTime: undefined };
    }, 1);
    await Promise.all(
      (["GET", "GET", "DELETE", "PATCH", "GET"] as const).map((method, index) =>
        limited({ method, path: `/${index}`, timeoutMs: 1 }),
      ),
    );
    expect(order).to.deep.equal([
      "GET /0",
      "DELETE /2",
      "PATCH /3",
      "GET /1",
      "GET /4",
    ]);
  });

  it("lets so many requests through at once, and the next when one has failed", async () => {
    const { work, most } = measured();
    const api: ApiServer = async ({ path }) => {
      await work();
      if (path === "/0") throw new TypeError("no");
      return { status: 200, body: path, serverTime: undefined };
    };
    const limited = limitRequests(api, 3);
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        limited({ method: "GET", path: `/${index}`, timeoutMs: 1 }),
      ),
    );
    expect(most()).to.equal(3);
    expect(
      answers.map((answer) =>
        answer.status === "fulfilled" ? answer.value.body : "failed",
      ),
    ).to.deep.equal([
      "failed",
      ...Array.from({ length: 9 }, (_, index) => `/${index + 1}`),
    ]);
  });
});
