import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { recentStates } from "../../../janitor/cluster/recent-state.ts";

/** An API server that says its resourceVersion when the test wants it, on the clock of the test. */
function server() {
  const state = { time: 0, asked: 0, slept: 0 };
  const waiting: PromiseWithResolvers<string>[] = [];
  const recent = recentStates(
    () => {
      state.asked += 1;
      const answer = Promise.withResolvers<string>();
      waiting.push(answer);
      return answer.promise;
    },
    {
      clock: () => state.time,
      sleep: (milliseconds) => {
        state.slept += milliseconds;
        state.time += milliseconds;
        return Promise.resolve();
      },
    },
  );
  const answer = async (tookMs: number): Promise<void> => {
    await tick();
    state.time += tookMs;
    waiting.shift()?.resolve(String(state.asked));
    await tick();
  };
  return { state, waiting, recent, answer };
}

describe("recentStates", () => {
  it("asks once for all who wait, and says as of when the answer holds: the time of the request", async () => {
    const { state, recent, answer } = server();
    const all = Promise.all([
      recent({ maxAgeMs: 75 }),
      recent({ maxAgeMs: 75 }),
      recent({ maxAgeMs: 1_000 }),
    ]);
    await answer(20);
    for (const given of await all)
      expect(given).to.deep.include({ asOf: 0, resourceVersion: "1" });
    expect(state.asked).to.equal(1);
  });

  it("gives the last answer up to the wanted age, and requests the next one before", async () => {
    const { state, recent, answer } = server();
    const first = recent({ maxAgeMs: 120 });
    await answer(20);
    await first;
    state.time = 60;
    expect(await recent({ maxAgeMs: 120 })).to.deep.include({ asOf: 0 });
    expect(state.asked).to.equal(1);
    state.time = 61;
    expect(await recent({ maxAgeMs: 120 })).to.deep.include({ asOf: 0 });
    // The request was sent 80 ms after the last answer.
    await tick();
    expect(state).to.deep.equal({ time: 100, asked: 2, slept: 39 });
    state.time = 120;
    expect(await recent({ maxAgeMs: 120 })).to.deep.include({ asOf: 0 });
    state.time = 121;
    const second = recent({ maxAgeMs: 120 });
    await answer(0);
    expect(await second).to.deep.include({ asOf: 100 });
    expect(state.asked).to.equal(2);
  });

  it("waits for a later state than the caller has", async () => {
    const { recent, answer } = server();
    const first = recent({ maxAgeMs: 1_000 });
    await answer(20);
    const { asOf } = await first;
    const later = recent({ maxAgeMs: 1_000, after: asOf });
    await answer(20);
    expect(await later).to.deep.include({ asOf: 100 });
  });

  it("gives an answer that took longer than the wanted age to those who asked before it was requested", async () => {
    const { state, recent, answer } = server();
    const before = recent({ maxAgeMs: 75 });
    await tick();
    state.time = 10;
    const after = recent({ maxAgeMs: 75 });
    await answer(490);
    expect(await before).to.deep.include({ asOf: 0 });
    await answer(500);
    expect(await after).to.deep.include({ asOf: 580 });
  });

  it("leaves it to the lists for ten seconds when a request fails, and then asks again", async () => {
    const { state, waiting, recent, answer } = server();
    const first = recent({ maxAgeMs: 75 });
    await tick();
    state.time = 30;
    waiting.shift()?.reject(new Error("may not list pods in all namespaces"));
    expect(await first).to.deep.equal({ asOf: 30 });
    state.time = 10_029;
    expect(await recent({ maxAgeMs: 75 })).to.deep.equal({ asOf: 10_029 });
    expect(state.asked).to.equal(1);
    state.time = 10_030;
    const again = recent({ maxAgeMs: 75 });
    await answer(20);
    expect(await again).to.deep.include({ asOf: 10_030, resourceVersion: "2" });
  });
});
