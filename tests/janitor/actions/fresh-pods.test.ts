import { setImmediate as tick } from "node:timers/promises";
import { expect } from "chai";
import { freshPods } from "../../../janitor/actions/fresh-pods.ts";
import type { SweepContext } from "../../../janitor/actions/sweep-context.ts";

/** A namespace whose lists of Pods come when the test says so, on the clock of the test. */
function lists({ knowsVersion = true } = {}) {
  const state = { time: 0, lists: 0 };
  const waiting: { come: () => void; fail: (error: Error) => void }[] = [];
  const run = {
    clock: () => state.time,
    cluster: {
      recentState: () =>
        Promise.resolve({
          asOf: state.time,
          ...(knowsVersion && { resourceVersion: "2" }),
        }),
    },
  } as unknown as SweepContext;
  const pods = freshPods(() => {
    state.lists += 1;
    return new Promise((resolve, reject) => {
      waiting.push({ come: () => resolve([]), fail: reject });
    });
  }, run);
  /** Whether the Pods were given at once, without a list that is still to come. */
  const givenAtOnce = async (): Promise<boolean> => {
    let given = false;
    pods().then(
      () => (given = true),
      () => undefined,
    );
    await tick();
    return given;
  };
  /** The first list, which takes so long. */
  const first = async (tookMs: number): Promise<void> => {
    const asked = pods();
    await tick();
    state.time += tookMs;
    waiting.shift()?.come();
    await asked;
  };
  return { state, waiting, pods, givenAtOnce, first };
}

describe("freshPods", () => {
  for (const [tookMs, knowsVersion, lifeMs] of [
    [5, true, 125],
    [100, true, 400],
    [500, true, 1_500],
    [20_000, true, 21_000],
    // 100 ms of them the API server may have waited to be sure of its state.
    [110, false, 140],
    [200, false, 500],
  ] as const)
    it(`J1 gives a list that took ${tookMs} ms ${knowsVersion ? "" : "without a version "}up to an age of ${lifeMs} ms, and no longer`, async () => {
      const { state, givenAtOnce, first } = lists({ knowsVersion });
      await first(tookMs);
      state.time = lifeMs;
      expect(await givenAtOnce()).to.equal(true);
      state.time = lifeMs + 1;
      expect(await givenAtOnce()).to.equal(false);
    });

  it("requests one list however many callers wait for it", async () => {
    const { state, waiting, pods } = lists();
    const all = [pods(), pods(), pods()];
    await tick();
    waiting.shift()?.come();
    await Promise.all(all);
    expect(state.lists).to.equal(1);
  });

  it("requests the next list so that it comes before the last one is too old, and gives the last one meanwhile", async () => {
    const { state, waiting, givenAtOnce, first } = lists();
    await first(100);
    state.time = 199;
    expect(await givenAtOnce()).to.equal(true);
    expect(state.lists).to.equal(1);
    state.time = 200;
    expect(await givenAtOnce()).to.equal(true);
    expect(state.lists).to.equal(2);
    state.time = 320;
    waiting.shift()?.come();
    await tick();
    // The second took 120 ms.
    state.time = 680;
    expect(await givenAtOnce()).to.equal(true);
    state.time = 681;
    expect(await givenAtOnce()).to.equal(false);
  });

  it("requests the next list when the last one is too old, where a list takes long", async () => {
    const { state, waiting, givenAtOnce, first } = lists();
    await first(200);
    state.time = 799;
    expect(await givenAtOnce()).to.equal(true);
    expect(state.lists).to.equal(1);
    state.time = 801;
    expect(await givenAtOnce()).to.equal(false);
    expect(state.lists).to.equal(2);
    state.time = 1_001;
    waiting.shift()?.come();
    await tick();
    expect(await givenAtOnce()).to.equal(true);
  });

  it("J8 rejects for good when a list fails, as soon as the last is too old", async () => {
    const { state, waiting, pods, givenAtOnce, first } = lists();
    await first(100);
    state.time = 200;
    expect(await givenAtOnce()).to.equal(true);
    waiting.shift()?.fail(new TypeError("no list"));
    state.time = 400;
    expect(await givenAtOnce()).to.equal(true);
    state.time = 401;
    for (const _ of [1, 2]) {
      const failure: unknown = await pods().catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(TypeError);
    }
    expect(state.lists).to.equal(2);
  });
});
