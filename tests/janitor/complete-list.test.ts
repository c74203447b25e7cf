import { expect } from "chai";
import {
  completeList,
  IncompleteListError,
} from "../../janitor/complete-list.ts";
import type { CompleteList } from "../../janitor/complete-list.ts";
import { NOW } from "./objects.ts";
import {
  broken,
  busy,
  expired,
  forbidden,
  recordedSleep,
  scriptedApiServer,
  unreachable,
} from "./scripted-api-server.ts";
import type { Scripted } from "./scripted-api-server.ts";

interface Page {
  items: unknown;
  token?: unknown;
  remaining?: number;
  kind?: string;
}

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

/** Lists by `answers`; tells the queries that were sent and how long was waited. */
async function list(
  answers: Scripted[],
  pageSize = 100,
): Promise<{
  result: CompleteList<unknown> | Error;
  queries: (string | undefined)[][];
  slept: number[];
}> {
  const { api, requests } = scriptedApiServer(...answers);
  const { sleep, slept } = recordedSleep();
  const result = await completeList(
    (query) => api({ method: "GET", path: "/pods", query, timeoutMs: 1 }),
    {
      kind: "PodList",
      nullIsEmpty: false,
      pageSize,
      sleep,
      read: (item) => item,
    },
  ).catch((error: unknown) => error as Error);
  const queries = requests.map(({ query }) => {
    expect(query).not.to.have.property("resourceVersion");
    return [query?.["limit"], query?.["continue"]];
  });
  return { result, queries, slept };
}

describe("completeList", () => {
  it("reads page after page, without a resourceVersion, until there is no continue", async () => {
    const { result, queries } = await list([
      page({ items: [1, 2], token: "t1", remaining: 3 }),
      page({ items: [3], token: "t2", remaining: 2 }),
      page({ items: [4, 5], token: "" }),
    ]);
    expect(result).to.deep.equal({ items: [1, 2, 3, 4, 5], serverTime: NOW });
    expect(queries).to.deep.equal([
      ["100", undefined],
      ["100", "t1"],
      ["100", "t2"],
    ]);
  });

  it("J7 starts again from nothing when a token has expired", async () => {
    const { result, queries } = await list([
      page({ items: [1], token: "t1" }),
      expired,
      page({ items: [7], token: "t2" }),
      page({ items: [8] }),
    ]);
    expect(result).to.deep.equal({ items: [7, 8], serverTime: NOW });
    expect(queries.map(([, token]) => token)).to.deep.equal([
      undefined,
      "t1",
      undefined,
      "t2",
    ]);
  });

  it("J12 tells the time of the first page of the first start, the earliest", async () => {
    const { api } = scriptedApiServer(
      page({ items: [1], token: "t1" }),
      expired,
      page({ items: [7] }),
    );
    let seconds = 0;
    const { serverTime } = await completeList(
      async (query) => {
        const answer = await api({
          method: "GET",
          path: "/x",
          query,
          timeoutMs: 1,
        });
        seconds += 1;
        return { ...answer, serverTime: seconds * 1_000 };
      },
      {
        kind: "PodList",
        nullIsEmpty: false,
        pageSize: 1,
        sleep: recordedSleep().sleep,
        read: (item) => item,
      },
    );
    expect(serverTime).to.equal(1_000);
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

  it("J8 does not take a page that keeps failing for the end of the list", async () => {
    const { result } = await list([
      page({ items: [1], token: "t1" }),
      broken,
      broken,
      broken,
      broken,
      page({ items: [] }),
    ]);
    expect(result).to.equal(broken);
  });

  const incomplete: { name: string; body: unknown; message: RegExp }[] = [
    {
      name: "items are missing that it says there are",
      body: page({ items: [1], remaining: 5 }),
      message: /5 items are missing/,
    },
    {
      name: "it is of another kind",
      body: page({ items: [], kind: "Status" }),
      message: /answered with Status instead of a PodList/,
    },
    {
      name: "its items are no list",
      body: page({ items: null }),
      message: /instead of a PodList/,
    },
    { name: "it is text", body: "ok", message: /something else/ },
    {
      name: "its token is no text",
      body: page({ items: [], token: 7 }),
      message: /token is no text/,
    },
  ];
  for (const { name, body, message } of incomplete)
    it(`J8 refuses an answer as incomplete when ${name}`, async () => {
      const { result } = await list([body]);
      expect(result).to.be.instanceOf(IncompleteListError);
      expect(result).to.have.property("message").that.matches(message);
    });

  it("J8 refuses a list that does not advance", async () => {
    const same = page({ items: [1], token: "t1" });
    const { result } = await list([same, same, same]);
    expect(result)
      .to.have.property("message")
      .that.matches(/not advance/);
  });

  it("J9 waits as long as a busy server asks, and then goes on where it was", async () => {
    const { result, queries, slept } = await list([
      page({ items: [1], token: "t1" }),
      busy(7),
      page({ items: [2] }),
    ]);
    expect(result).to.deep.equal({ items: [1, 2], serverTime: NOW });
    expect(slept).to.deep.equal([7_000]);
    expect(queries.at(-1)).to.deep.equal(["100", "t1"]);
  });

  it("J9 does not wait longer than half a minute, whatever the server asks", async () => {
    const { slept } = await list([busy(3_600), page({ items: [] })]);
    expect(slept).to.deep.equal([30_000]);
  });

  it("J9 halves the page after a time-out or a fault of the server, but not below 25", async () => {
    const { queries } = await list(
      [unreachable, broken, unreachable, page({ items: [] })],
      120,
    );
    expect(queries.map(([limit]) => limit)).to.deep.equal([
      "120",
      "60",
      "30",
      "25",
    ]);
  });

  it("J9 never makes a small page bigger", async () => {
    const { queries } = await list([broken, page({ items: [] })], 3);
    expect(queries.map(([limit]) => limit)).to.deep.equal(["3", "3"]);
  });

  it("J9 gives up after some tries, with longer pauses between", async () => {
    const { result, slept } = await list(
      Array.from({ length: 9 }, () => unreachable),
    );
    expect(result).to.equal(unreachable);
    expect(slept).to.deep.equal([500, 1_000, 2_000]);
  });

  it("takes items that are null for an empty page only where that is normal", async () => {
    const { api } = scriptedApiServer(page({ items: null }));
    const { items } = await completeList(
      (query) => api({ method: "GET", path: "/x", query, timeoutMs: 1 }),
      {
        kind: "PodList",
        nullIsEmpty: true,
        pageSize: 1,
        sleep: recordedSleep().sleep,
        read: (item) => item,
      },
    );
    expect(items).to.deep.equal([]);
  });

  it("does not repeat what was refused", async () => {
    const { result, queries } = await list([forbidden, page({ items: [] })]);
    expect(result).to.equal(forbidden);
    expect(queries).to.have.length(1);
  });
});
