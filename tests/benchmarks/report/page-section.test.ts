import { expect } from "chai";
import { withSection } from "./page-section.ts";

describe("a section of a page", () => {
  it("is replaced between its comments", () => {
    expect(
      withSection("a\n<!-- t -->\nold\n<!-- end of t -->\nb\n", "t", "new"),
    ).to.equal("a\n<!-- t -->\n\nnew\n\n<!-- end of t -->\nb\n");
  });

  for (const [name, page] of [
    ["begins nowhere", "old <!-- end of t -->"],
    ["ends nowhere", "<!-- t --> old"],
  ] as const)
    it(`is refused when it ${name}`, () => {
      expect(() => withSection(page, "t", "new")).to.throw(
        "the page does not have <!-- t --> and <!-- end of t -->",
      );
    });
});
