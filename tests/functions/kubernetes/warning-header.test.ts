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
  const cases: { name: string; header: string | undefined; texts: string[] }[] =
    [
      { name: "no header", header: undefined, texts: [] },
      { name: "one warning", header: '299 - "careful"', texts: ["careful"] },
      {
        name: "several in one header",
        header: '299 - "one, two", 299 - "three"',
        texts: ["one, two", "three"],
      },
      {
        name: "quotes and backslashes",
        header: '299 - "value \\"500m\\" of a\\\\b"',
        texts: ['value "500m" of a\\b'],
      },
      {
        name: "a date, and an agent with a name",
        header:
          '299 kube-apiserver "old" "Wed, 21 Oct 2026 07:28:00 GMT", 299 - "new"',
        texts: ["old", "new"],
      },
      {
        name: "a code that is not for people",
        header: '110 - "Response is stale", 299 - "careful"',
        texts: ["careful"],
      },
      { name: "an empty text", header: '299 - ""', texts: [""] },
      { name: "no text", header: "299 -", texts: [] },
      {
        name: "a text without an end",
        header: '299 - "one", 299 - "two',
        texts: ["one"],
      },
    ];
  for (const { header, name, texts } of cases)
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
