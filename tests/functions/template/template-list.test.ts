import { expect } from "chai";
import { readTemplateList } from "../../../functions/template/template-list.ts";

describe("readTemplateList", () => {
  it("gives what is in the array, not looked at", async () => {
    expect(await readTemplateList("- a\n- {b: 1}\n")).to.deep.equal({
      kind: "list",
      items: ["a", { b: 1 }],
    });
  });

  const places: readonly (readonly [
    what: string,
    text: string,
    says: string,
    line: number,
    column: number,
  ])[] = [
    [
      "a key stands twice",
      "- a: 1\n  b: 2\n  a: 3\n",
      ": is not YAML: line 3, column 3: Map keys must be unique",
      3,
      3,
    ],
    [
      "nobody knows a tag",
      "- a\n- !b c\n",
      ": is not YAML: line 2, column 3: Unresolved tag: !b",
      2,
      3,
    ],
    [
      "the second document begins",
      "- a\n---\n- b\n",
      ": has several YAML documents; put all templates into one array",
      2,
      1,
    ],
  ];
  for (const [what, text, says, line, column] of places)
    it(`says where ${what}`, async () => {
      expect(await readTemplateList(text)).to.deep.equal({
        kind: "none",
        says,
        place: { line, column },
      });
    });

  it("has no place for what is wrong with all of the text", async () => {
    expect(await readTemplateList("a: 1\n")).to.deep.equal({
      kind: "none",
      says: ": must be an array of templates as in a StatefulSet's volumeClaimTemplates, each beginning with a dash",
    });
    // How deep the parser came depends on its stack.
    expect(await readTemplateList("[".repeat(5_000))).to.deep.equal({
      kind: "none",
      says: ": is nested too deeply for templates",
    });
  });
});
