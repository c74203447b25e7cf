import { expect } from "chai";
import { list, page } from "./list-on-script.ts";
import { NOW } from "../objects.ts";
import { broken, busy, forbidden, unreachable } from "./scripted-api-server.ts";

describe("completeList, of a page that fails", () => {
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

  it("does not repeat what was refused", async () => {
    const { result, queries } = await list([forbidden, page({ items: [] })]);
    expect(result).to.equal(forbidden);
    expect(queries).to.have.length(1);
  });
});
