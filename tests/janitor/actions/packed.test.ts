import { expect } from "chai";
import { packed } from "../../../janitor/actions/packed.ts";

describe("packed", () => {
  it("gives the same items at each iteration, and their count", () => {
    const items = [{ name: "a" }, { name: "b", owners: "adopt" }];
    const kept = packed(items);
    for (const _ of [1, 2]) expect([...kept]).to.deep.equal(items);
    expect(kept.count).to.equal(2);
  });

  it("gives nothing of no items", () => {
    expect([...packed([])]).to.deep.equal([]);
  });
});
