import { expect } from "chai";
import {
  completeList,
  IncompleteListError,
} from "../../../janitor/cluster/complete-list.ts";
import type { CompleteList } from "../../../janitor/cluster/complete-list.ts";
import { NOW } from "../objects.ts";
import {
  broken,
  busy,
  expired,
  forbidden,
  lagging,
  recordedSleep,
  scriptedApiServer,
  timedOut,
  unreachable,
} from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

/** What a test says of one page of a list; `token` leads to the next. */
interface Page {
  items: unknown;
  token?: unknown;
  remaining?: number;
  kind?: string;
}

/** A page as the API server answers with it, of Pods unless it is of another kind. */
function page({ items, token, remaining, kind = "PodList" }: Page): object {
  return {
    kind,
    items,
    metadata: {
      ...(token !== undefined && { continue: token }),
      ...(remaining !== undefined && { remainingItemCount: remaining }),
    },
  };
}

/** Lists by `answers`. The result has the queries that were sent, the pauses, and the list or its error. */
async function list(
  answers: Scripted[],
  { pageSize = 100, nullIsEmpty = false } = {},
): Promise<{
  result: CompleteList<unknown> | Error;
  queries: (string | undefined)[][];
  slept: number[];
}> {
  const { api, requests } = scriptedApiServer(...answers);
  const { sleep, slept } = recordedSleep();
  const result = await completeList(
    async (query) => {
      const answer = await api({
        method: "GET",
        path: "/pods",
        query,
        timeoutMs: 1,
      });
      // Each answer comes a second later.
      return { ...answer, serverTime: NOW + requests.length * 1_000 };
    },
    { kind: "PodList", nullIsEmpty, pageSize, sleep, read: (item) => item },
  ).catch((error: unknown) => error as Error);
  const queries = requests.map(({ query }) => {
    expect(query).not.to.have.property("resourceVersion");
    return [query?.["limit"], query?.["continue"]];
  });
  return { result, queries, slept };
}

/** The query of the first page of `listNotOlder`. */
const NOT_OLDER = {
  limit: "100",
  resourceVersion: "42",
  resourceVersionMatch: "NotOlderThan",
};

/** Lists a state that is not older than version 42, by `answers`. The result has the queries that were sent, and the pauses. */
async function listNotOlder(
  ...answers: Scripted[]
): Promise<{ queries: unknown[]; slept: number[] }> {
  const { api, requests } = scriptedApiServer(...answers);
  const { sleep, slept } = recordedSleep();
  await completeList(
    (query) => api({ method: "GET", path: "/pods", query, timeoutMs: 1 }),
    {
      kind: "PodList",
      nullIsEmpty: false,
      pageSize: 100,
      notOlderThan: "42",
      sleep,
      read: (item) => item,
    },
  );
  return { queries: requests.map(({ query }) => query), slept };
}

/** The limits of a list that begins with pages of this size, after faults of the server. */
async function limitsFrom(pageSize: number): Promise<unknown[]> {
  const answers = [unreachable, broken, unreachable, page({ items: [] })];
  const { queries } = await list(answers, { pageSize });
  return queries.map(([limit]) => limit);
}

describe("completeList", () => {
  it("reads page after page, without a resourceVersion, until there is no continue", async () => {
    const { result, queries } = await list([
      page({ items: [1, 2], token: "t1", remaining: 3 }),
      page({ items: [3], token: "t2", remaining: 2 }),
      page({ items: [4, 5], token: "" }),
    ]);
    expect(result).to.deep.include({ items: [1, 2, 3, 4, 5] });
    expect(queries).to.deep.equal([
      ["100", undefined],
      ["100", "t1"],
      ["100", "t2"],
    ]);
  });

  it("J7 J12 starts again from nothing when a token has expired, with the time of the very first page", async () => {
    const { result, queries } = await list([
      page({ items: [1], token: "t1" }),
      expired,
      page({ items: [7], token: "t2" }),
      page({ items: [8] }),
    ]);
    expect(result).to.deep.equal({ items: [7, 8], serverTime: NOW + 1_000 });
    expect(queries.map(([, token]) => token)).to.deep.equal([
      undefined,
      "t1",
      undefined,
      "t2",
    ]);
  });

  it("J7 asks for a state that is not older with the first page of each start, and with no token", async () => {
    const first = page({ items: [], token: "next" });
    const { queries } = await listNotOlder(
      first,
      expired,
      first,
      page({ items: [] }),
    );
    const next = { limit: "100", continue: "next" };
    expect(queries).to.deep.equal([NOT_OLDER, next, NOT_OLDER, next]);
  });

  it("J7 reads the current state when the server does not have the wanted one yet, in pages of the same size", async () => {
    const { queries, slept } = await listNotOlder(
      lagging,
      page({ items: [], token: "next" }),
      expired,
      page({ items: [] }),
    );
    expect(queries).to.deep.equal([
      NOT_OLDER,
      { limit: "100" },
      { limit: "100", continue: "next" },
      { limit: "100" },
    ]);
    expect(slept).to.deep.equal([1_000]);
  });

  it("J7 keeps to the wanted state after another time-out", async () => {
    const { queries } = await listNotOlder(timedOut, page({ items: [] }));
    expect(queries).to.deep.equal([NOT_OLDER, { ...NOT_OLDER, limit: "50" }]);
  });

  it("J7 gives up when the list has expired three times", async () => {
    const { result, queries } = await list([
      ...[1, 2, 3].flatMap(() => [page({ items: [1], token: "t" }), expired]),
      page({ items: [] }),
    ]);
    expect(result).to.be.instanceOf(IncompleteListError);
    expect(result)
      .to.have.property("message")
      .that.matches(/expired 3 times/);
    expect(queries).to.have.length(6);
  });

  it("takes items that are null for an empty page where that is normal", async () => {
    const answers = [page({ items: null })];
    const { result } = await list(answers, { nullIsEmpty: true });
    expect(result).to.deep.include({ items: [] });
  });

  const same = page({ items: [1], token: "t1" });
  const incomplete: [when: string, message: RegExp, ...answers: Scripted[]][] =
    [
      [
        "items are missing that it says there are",
        /5 items are missing/,
        page({ items: [1], remaining: 5 }),
      ],
      [
        "it is of another kind",
        /answered with Status instead of a PodList/,
        page({ items: [], kind: "Status" }),
      ],
      [
        "its items are not a list",
        /instead of a PodList/,
        page({ items: null }),
      ],
      ["it is text", /something else/, "ok"],
      [
        "its token is not text",
        /continue token of the list is not text/,
        page({ items: [], token: 7 }),
      ],
      ["it does not advance", /not advance/, same, same],
    ];
  for (const [when, message, ...answers] of incomplete)
    it(`J8 rejects a list as incomplete when ${when}`, async () => {
      const { result } = await list(answers);
      expect(result).to.be.instanceOf(IncompleteListError);
      expect(result).to.have.property("message").that.matches(message);
    });
});

describe("completeList with a page that fails", () => {
  it("J8 J9 gives up after some tries, with longer pauses between", async () => {
    for (const failure of [unreachable, broken]) {
      const { result, slept } = await list([
        page({ items: [1], token: "t1" }),
        ...[1, 2, 3, 4].map(() => failure),
        page({ items: [] }),
      ]);
      expect(result).to.equal(failure);
      expect(slept).to.deep.equal([500, 1_000, 2_000]);
    }
  });

  it("J9 waits as long as a busy server asks, and then goes on where it was", async () => {
    const { result, queries, slept } = await list([
      page({ items: [1], token: "t1" }),
      busy(7),
      page({ items: [2] }),
    ]);
    expect(result).to.deep.include({ items: [1, 2] });
    expect(slept).to.deep.equal([7_000]);
    expect(queries.at(-1)).to.deep.equal(["100", "t1"]);
  });

  it("J9 does not wait longer than half a minute, whatever the server asks", async () => {
    const { slept } = await list([busy(3_600), page({ items: [] })]);
    expect(slept).to.deep.equal([30_000]);
  });

  it("J9 halves the page after a time-out or a fault of the server, but not below 25, and never makes a small page bigger", async () => {
    expect(await limitsFrom(120)).to.deep.equal(["120", "60", "30", "25"]);
    expect(await limitsFrom(3)).to.deep.equal(["3", "3", "3", "3"]);
  });

  it("does not repeat a request that was rejected", async () => {
    const { result, queries } = await list([forbidden, page({ items: [] })]);
    expect(result).to.equal(forbidden);
    expect(queries).to.have.length(1);
  });
});
