import { expect } from "chai";
import fc from "fast-check";
import { readWarnings } from "../../../functions/kubernetes/warning-header.ts";

/** A header as Node gives it: the bytes of its text, each as a character. */
function asNodeGivesIt(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function quoted(text: string): string {
  return `299 - "${text.replace(/["\\]/g, "\\$&")}"`;
}

describe("readWarnings", () => {
  const rows: [name: string, header: string | undefined, texts: string[]][] = [
    ["no header", undefined, []],
    ["one warning", '299 - "careful"', ["careful"]],
    [
      "several in one header",
      '299 - "one, two", 299 - "three"',
      ["one, two", "three"],
    ],
    [
      "quotes and backslashes",
      '299 - "value \\"500m\\" of a\\\\b"',
      ['value "500m" of a\\b'],
    ],
    [
      "a date, and an agent with a name",
      '299 kube-apiserver "old" "Wed, 21 Oct 2026 07:28:00 GMT", 299 - "new"',
      ["old", "new"],
    ],
    [
      "no code that is not for people",
      '110 - "Response is stale", 299 - "careful"',
      ["careful"],
    ],
    ["an empty text", '299 - ""', [""]],
    ["no text", "299 -", []],
    ["a text without an end", '299 - "one", 299 - "two', ["one"]],
  ];
  for (const [name, header, texts] of rows)
    it(`reads ${name}`, () => {
      expect(readWarnings(header)).to.deep.equal(texts);
    });

  it("reads back whatever was quoted, in any alphabet", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", minLength: 1 })),
        (texts) => {
          const header = asNodeGivesIt(texts.map(quoted).join(", "));
          expect(readWarnings(header)).to.deep.equal(texts);
        },
      ),
    );
  });

  it("neither fails nor hangs on any text", () => {
    const unit = fc.constantFrom(...'"\\,; -29\u0000\u00e9x');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(readWarnings(text)).to.be.an("array");
        expect(readWarnings(`299 - "${text}`)).to.be.an("array");
      }),
    );
    const start = performance.now();
    readWarnings(`299 - "${"\\".repeat(100_001)}`);
    expect(performance.now() - start).to.be.below(500);
  });
});
