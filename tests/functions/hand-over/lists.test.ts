import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { poolReaderOn } from "../../../functions/hand-over/lists.ts";
import {
  ApiStatusError,
  ApiUnreachableError,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import type { ListedPod } from "../../../functions/pool/claim-users.ts";
import { NOW, pod } from "../pool/pool-builders.ts";

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

/** A Pod that Succeeded, with all fields. */
function finishedPod(name: string, claim: string, metadata = {}): ListedPod {
  return { ...pod(name, claim, metadata), status: { phase: "Succeeded" } };
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

  it("does not take a finished Pod that goes away between two lists for one that held its claim until then", async () => {
    const deletionTimestamp = new Date(NOW);
    const gone = finishedPod("gone", "a", { deletionTimestamp });
    for (const goesAfter of [1, 2]) {
      let lists = 0;
      const { users } = await poolReaderOn(({ path, query }) => {
        const items =
          path.endsWith("/pods") && (lists += 1) <= goesAfter
            ? [query?.["fieldSelector"] ? gone : { metadata: gone.metadata }]
            : [];
        return Promise.resolve({ status: 200, body: { items }, serverTime: 0 });
      }).read("shop", "hash", 0, performance.now() + 5_000);
      for (const user of users.byClaim.get("a") ?? [])
        expect(user, `after list ${goesAfter}`).to.include({ finished: true });
      expect(lists).to.equal(2);
    }
  });

  it("takes a Pod that finishes between two lists for one that still holds its claim", async () => {
    let lists = 0;
    const one = finishedPod("finishing", "a");
    const { users } = await poolReaderOn(({ path, query }) => {
      const isPods = path.endsWith("/pods");
      if (isPods) lists += 1;
      const items = !isPods
        ? []
        : query?.["fieldSelector"] === undefined
          ? [{ metadata: one.metadata }]
          : lists > 1
            ? [one]
            : [];
      return Promise.resolve({ status: 200, body: { items }, serverTime: 0 });
    }).read("shop", "hash", 0, performance.now() + 5_000);
    expect(users.byClaim.get("a")?.[0]).to.include({
      finished: false,
      leaving: false,
    });
  });

  it("lists again for a request that has more time than several others before it", async () => {
    const slow = slowApi(300);
    const reader = poolReaderOn(slow.api);
    const now = performance.now();
    // The first request begins the lists. When they fail, the one that has waited longest begins the next.
    const outcomes = await Promise.allSettled(
      [100, 200, 250, 5_000].map((time) =>
        reader.read("shop", "hash", now, now + time),
      ),
    );
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      "rejected",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
  });

  it("answers a request in time, although the lists of a later one take longer", async () => {
    const { api } = slowApi(1_000);
    const reader = poolReaderOn(api);
    const now = performance.now();
    const later = reader.read("shop", "hash", now, now + 5_000);
    const hurried = await reader
      .read("shop", "hash", now, now + 100)
      .catch((error: unknown) => error);
    expect(performance.now() - now).to.be.below(600);
    expect(hurried).to.be.instanceOf(ApiUnreachableError);
    await later;
  });

  it("lists once when the API server rejects the lists of many requests", async () => {
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
    expect(lists).to.equal(1);
  });
});
