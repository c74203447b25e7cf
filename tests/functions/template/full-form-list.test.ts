import { expect } from "chai";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { readTemplateList } from "../../../functions/template/full-form.ts";

/** What comes of a text, with the error as people read it. */
async function read(text: string) {
  const list = await readTemplateList(text);
  if (list.kind === "list") return list;
  const { inside } = list.error;
  return { message: fieldMessage(list.error), ...(inside && { inside }) };
}

const KEY = "annotation volume-claim-template/templates";

describe("readTemplateList", () => {
  it("gives what is in the array, not looked at", async () => {
    expect(await read("- a\n- {b: 1}\n")).to.deep.equal({
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
      expect(await read(text)).to.deep.equal({
        message: `${KEY}${says}`,
        inside: { line, column },
      });
    });

  it("has no place for what is wrong with all of the text", async () => {
    expect(await read("a: 1\n")).to.deep.equal({
      message: `${KEY}: must be an array of templates as in a StatefulSet's volumeClaimTemplates, each beginning with a dash`,
    });
    expect(await read("${TEMPLATES}")).to.deep.equal({
      message: `${KEY}: is a variable that nobody has filled in; put a value in its place first`,
    });
    expect(await read("{{ .Values.templates }}")).to.nested.include({
      message: `${KEY}: line 1, column 1: is a template that nobody has filled in; render the chart first`,
    });
    // How deep the parser came depends on its stack.
    expect(await read("[".repeat(5_000))).to.deep.equal({
      message: `${KEY}: is nested too deeply for templates`,
    });
  });
});
