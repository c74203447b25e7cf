import { expect } from "chai";
import {
  completeList,
  IncompleteListError,
} from "../../../janitor/cluster/complete-list.ts";
import { list, page } from "./list-on-script.ts";
import { NOW } from "../objects.ts";
import {
  expired,
  recordedSleep,
  scriptedApiServer,
} from "./scripted-api-server.ts";

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
});
