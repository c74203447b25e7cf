import { expect } from "chai";
import { IncompleteListError } from "../../../janitor/cluster/complete-list.ts";
import { list, page } from "./list-on-script.ts";
import { broken } from "./scripted-api-server.ts";

describe("completeList, of what is not the whole list", () => {
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
});
