import { expect } from "chai";
import {
  allowed,
  withWarnings,
} from "../../../functions/admission/response.ts";

function shown(warnings: readonly string[]): readonly string[] | undefined {
  return withWarnings(allowed("done"), warnings).warnings;
}

const lengthOf = (texts: readonly string[] = []): number =>
  texts.reduce((sum, text) => sum + [...text].length, 0);

describe("withWarnings", () => {
  it("keeps each warning once, and adds none without warnings", () => {
    expect(shown(["one", "two", "one"])).to.deep.equal(["one", "two"]);
    expect(shown([])).to.equal(undefined);
  });

  it("does not cut a long warning if the API server passes on all of them", () => {
    const long = "x".repeat(4_000);
    expect(shown([long, "y".repeat(96)])).to.deep.equal([long, "y".repeat(96)]);
  });

  it("cuts what the API server would cut, and adds how many others there are", () => {
    const many = Array.from(
      { length: 40 },
      (_, index) => `${index} ${"\u{1f4be}".repeat(300)}`,
    );
    const texts = shown(many) ?? [];
    expect(lengthOf(texts)).to.be.at.most(4_096);
    expect(texts.at(-1)).to.equal("and 25 more warnings");
    expect(texts).to.have.lengthOf(16);
    expect([...(texts[0] ?? "")]).to.have.lengthOf(256);
    expect(texts[0]).to.match(/^0 .*…$/u);
  });
});
