import { expect } from "chai";
import { problemLine } from "../../../functions/render/locate-problem.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { marked } from "./marked-manifest.ts";

function read(text: string): { objects: unknown[]; problems: string[] } {
  const { manifests, problems } = readManifests({ file: "a.yaml", text });
  return {
    objects: manifests.map(({ object }) => object),
    problems: problems.map((problem) => problemLine(problem)),
  };
}

describe("readManifests", function () {
  // The limits are what takes long.
  this.timeout(20_000);
  const good: readonly {
    readonly name: string;
    readonly text: string;
    readonly objects: readonly unknown[];
  }[] = [
    { name: "nothing", text: "", objects: [] },
    {
      name: "comments and empty documents",
      text: "---\n# x\n---\n---\n",
      objects: [],
    },
    {
      name: "several documents",
      text: "a: 1\n---\nb: 2\n",
      objects: [{ a: 1 }, { b: 2 }],
    },
    {
      name: "JSON, indented by tabs",
      text: '{\n\t"a": {\n\t\t"b": [1]\n\t}\n}\n',
      objects: [{ a: { b: [1] } }],
    },
    {
      name: "line ends of Windows",
      text: "a: 1\r\nb: |\r\n  x\r\n  y\r\n",
      objects: [{ a: 1, b: "x\ny\n" }],
    },
    { name: "a byte order mark", text: "\ufeffa: 1\n", objects: [{ a: 1 }] },
    {
      name: "what kubectl takes for numbers",
      text: "mode: 0644\ntime: 22:30\n",
      objects: [{ mode: 420, time: "22:30" }],
    },
    {
      name: "what is marked as a text",
      text: 'a: !!str 1\nb: "1"\n',
      objects: [{ a: "1", b: "1" }],
    },
    {
      name: "anchors and merge keys",
      text: "a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}\n",
      objects: [{ a: { x: 1, z: 2 }, b: { x: 1, z: 3 } }],
    },
    {
      name: "more uses of an anchor than a person writes",
      text: `a: &a [x]\nb: [${"*a, ".repeat(9_999)}]\n`,
      objects: [{ a: ["x"], b: Array.from({ length: 9_999 }, () => ["x"]) }],
    },
  ];
  for (const { name, text, objects } of good)
    it(`reads ${name}`, () => {
      expect(read(text)).to.deep.equal({ objects, problems: [] });
    });

  const bad: readonly {
    readonly name: string;
    readonly text: string;
    readonly says: string;
  }[] = [
    {
      name: "a bracket that is never closed",
      text: "a: 1\nb: [\n",
      says: "a.yaml:3:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    },
    {
      name: "a tab for indentation",
      text: "a:\n\tb: 1\n",
      says: "a.yaml:2:1: is not YAML: Tabs are not allowed as indentation",
    },
    {
      name: "no-break spaces for indentation, as a web page has them",
      text: "---\nspec:\n\u00a0 a: 1\n  b: 2\n",
      says: "a.yaml:3:6: is not YAML: Nested mappings are not allowed in compact mappings; the invisible character \\u00a0 (no-break space) stands on line 3",
    },
    {
      name: "a no-break space after a colon",
      text: "a:\u00a01\nb: 2\n",
      says: "a.yaml:1:1: is not YAML: Implicit keys need to be on a single line; the invisible character \\u00a0 (no-break space) stands on line 1",
    },
    {
      name: "a key twice",
      text: "a: 1\nb: 2\na: 3\n",
      says: "a.yaml:3:1: is not YAML: Map keys must be unique",
    },
    {
      name: "an anchor that is nowhere",
      text: "a: 1\nb: *x\n",
      says: "a.yaml:1:1: cannot be read: Unresolved alias (the anchor must be set before the alias): x",
    },
    {
      name: "a Helm template",
      text: "a: 1\nb: {{ .Values.b }}\n",
      says: "a.yaml:2:4: is a template ({{ ... }}), not a manifest; render the chart first, for example with helm template",
    },
    {
      name: "a text",
      text: "\njust a text\n",
      says: "a.yaml:2:1: is not a Kubernetes object: it has no fields",
    },
    {
      name: "an array",
      text: "- a\n- b\n",
      says: "a.yaml:1:1: is not a Kubernetes object: it has no fields",
    },
    {
      name: "an anchor that contains itself",
      text: "a: &a [*a, *a]\n",
      says: "a.yaml:1:1: is nested too deeply for a Kubernetes object",
    },
    {
      name: "brackets that are made to do harm",
      text: `a: ${"[".repeat(5_000)}`,
      says: "is nested too deeply for a Kubernetes object",
    },
    {
      name: "more uses of an anchor than any program writes",
      text: `a: &a [x]\nb: [${"*a, ".repeat(10_000)}]\n`,
      says: "a.yaml:1:1: cannot be read: Excessive alias count indicates a resource exhaustion attack",
    },
    {
      name: "template actions that are made to do harm",
      text: `a: ${"{{".repeat(500)}\nb: ${"{{x}} ".repeat(500)}`,
      says: "is ",
    },
    {
      name: "white space that is made to do harm",
      text: `[${" ".repeat(200_000)}`,
      says: "is not YAML",
    },
    {
      name: "anchors that are made to do harm",
      text: [..."abcdefg"]
        .map(
          (name, index) =>
            `${name}: &${name} [${Array.from({ length: 10 }, () => (index === 0 ? "x" : `*${"abcdefg"[index - 1]}`)).join(", ")}]`,
        )
        .join("\n"),
      says: "a.yaml:1:1: cannot be read: Excessive alias count indicates a resource exhaustion attack",
    },
  ];
  for (const { name, text, says } of bad)
    it(`refuses ${name}`, () => {
      const { objects, problems } = read(text);
      expect(objects).to.deep.equal([]);
      expect(problems).to.have.lengthOf(1);
      expect(problems[0])
        .to.match(/^a\.yaml:\d+:\d+: /)
        .and.to.include(says);
    });

  it("says once of a file that it is a template", () => {
    const { problems } = read("a: {{ 1 }}\n---\nb: [\n---\nc: {{ 2 }}\n");
    expect(problems.map((line) => line.split(":", 3).join(":"))).to.deep.equal([
      "a.yaml:1:4",
      "a.yaml:4:1",
    ]);
  });

  it("tells places of the file, in each of its documents and after values of JSON", () => {
    const { manifests } = readManifests({
      file: "a.yaml",
      text: '{"a":1} {"b":\n2}\n',
    });
    expect(
      manifests.map(({ locate }, index) => locate([["a", "b"][index] ?? ""])),
    ).to.deep.equal([
      { place: { line: 1, column: 2 }, isInside: false },
      { place: { line: 1, column: 10 }, isInside: false },
    ]);
    expect(read("# a\r\na: 1\r\n---\r\nb:\r\n- [\r\n").problems).to.deep.equal([
      "a.yaml:6:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ]);
  });

  it("reads what is right beside what is wrong", () => {
    expect(read("a: 1\n---\nb: [\n---\nc: 3\n").objects).to.deep.equal([
      { a: 1 },
      { c: 3 },
    ]);
  });
});

describe("the items of a List", () => {
  const good: readonly {
    readonly name: string;
    readonly text: string;
    readonly objects: readonly unknown[];
  }[] = [
    {
      name: "are objects of their own",
      text: "kind: List\nitems: [{ a: 1 }, { kind: Pod }]\n",
      objects: [{ a: 1 }, { kind: "Pod" }],
    },
    {
      name: "are of the list's kind where that has one",
      text: "apiVersion: apps/v1\nkind: DeploymentList\nitems: [{ a: 1 }]\n",
      objects: [{ apiVersion: "apps/v1", kind: "Deployment", a: 1 }],
    },
    {
      name: "keep a kind and a version of their own",
      text: "apiVersion: v1\nkind: PodList\nitems: [{ kind: Job, apiVersion: batch/v1 }]\n",
      objects: [{ kind: "Job", apiVersion: "batch/v1" }],
    },
    {
      name: "may be Lists",
      text: "kind: List\nitems:\n- a: 1\n- kind: PodList\n  items:\n  - b: 2\n- c: 3\n",
      objects: [{ a: 1 }, { kind: "Pod", b: 2 }, { c: 3 }],
    },
    { name: "may be none", text: "kind: List\nitems: []\n", objects: [] },
    {
      name: "are not looked for in a kind that only sounds like a List",
      text: "kind: AllowList\nitems: {}\n",
      objects: [{ kind: "AllowList", items: {} }],
    },
  ];
  for (const { name, text, objects } of good)
    it(name, () => {
      expect(read(text)).to.deep.equal({ objects, problems: [] });
    });

  it("are refused where they are no objects, each in its place", () => {
    const { text, places } = marked(`kind: List
items:
  - »null
  - { a: 1 }
  - »3
  - »a
  - kind: PodList
    items: [{ b: 2 }, »[]]
---
kind: List
»items: { kind: Pod }
`);
    expect(read(text)).to.deep.equal({
      objects: [{ a: 1 }, { kind: "Pod", b: 2 }],
      problems: [
        "items[0]: null is not a Kubernetes object: it has no fields",
        "items[2]: 3 is not a Kubernetes object: it has no fields",
        'items[3]: "a" is not a Kubernetes object: it has no fields',
        "items[1]: [] is not a Kubernetes object: it has no fields",
        'items: {"kind":"Pod"} is not a list',
      ].map((says, index) => `a.yaml:${places[index]}: ${says}`),
    });
  });
});
