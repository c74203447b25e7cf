import { expect } from "chai";
import { problemLine } from "../../../functions/render/locate-problem.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { marked } from "./rendered.ts";

// tests/integration/render compares with kubectl what is read and what is rejected.

function read(text: string): { objects: unknown[]; problems: string[] } {
  const { manifests, problems } = readManifests({ file: "a.yaml", text });
  return {
    objects: manifests.map(({ object }) => object),
    problems: problems.map((problem) => problemLine(problem)),
  };
}

const TOO_DEEP = "is nested too deeply";

/** Ten times ten times ten ... aliases. */
const LAUGHS = [..."abcdefg"]
  .map((name, index) => {
    const item = index === 0 ? "x" : `*${"abcdefg"[index - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 10 }, () => item).join(", ")}]`;
  })
  .join("\n");

describe("render rejects", function () {
  // For a busy machine.
  this.timeout(20_000);
  const rows: Readonly<Record<string, readonly [text: string, says: string]>> =
    {
      "an open bracket, at the end of the file": [
        "a: 1\nb: [\n",
        "a.yaml:3:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
      "no-break spaces for indentation, and names them": [
        "---\nspec:\n\u00a0 a: 1\n  b: 2\n",
        "a.yaml:3:6: is not YAML: Nested mappings are not allowed in compact mappings; the invisible character \\u00a0 (no-break space) is on line 3",
      ],
      "an anchor that does not exist": [
        "a: 1\nb: *x\n",
        "a.yaml:1:1: cannot be read: Unresolved alias (the anchor must be set before the alias): x",
      ],
      "an anchor that contains itself": [
        "a: &a [*a, *a]\n",
        `a.yaml:1:1: ${TOO_DEEP}`,
      ],
      "five thousand brackets": [`a: ${"[".repeat(5_000)}`, TOO_DEEP],
      "anchors that grow by ten with each line": [
        LAUGHS,
        "a.yaml:1:1: cannot be read: Excessive alias count indicates a resource exhaustion attack",
      ],
      "a hundred open template actions": [
        `a: ${"{{".repeat(100)}\nb: ${"{{x}} ".repeat(100)}`,
        "is ",
      ],
      "two hundred thousand spaces": [`[${" ".repeat(200_000)}`, "is not YAML"],
    };
  for (const [name, [text, says]] of Object.entries(rows))
    it(name, () => {
      const { objects, problems } = read(text);
      expect(objects).to.deep.equal([]);
      expect(problems).to.have.lengthOf(1);
      expect(problems[0])
        .to.match(/^a\.yaml:\d+:\d+: /)
        .and.to.include(says);
    });

  it("a chart's template, once in a file", () => {
    const { problems } = read("a: {{ 1 }}\n---\nb: [\n---\nc: {{ 2 }}\n");
    expect(problems.map((line) => line.split(":", 3).join(":"))).to.deep.equal([
      "a.yaml:1:4",
      "a.yaml:4:1",
    ]);
  });
});

describe("render reads", () => {
  it("a thousand aliases", () => {
    const aliases = Array.from({ length: 1_000 }, () => ["x"]);
    expect(
      read(`a: &a [x]\nb: [${"*a, ".repeat(aliases.length)}]\n`),
    ).to.deep.equal({ objects: [{ a: ["x"], b: aliases }], problems: [] });
  });

  it("the other documents of a file with a wrong one, and reports its place in the file", () => {
    expect(
      read("# a\r\na: 1\r\n---\r\nb:\r\n- [\r\n---\r\nc: 3\r\n"),
    ).to.deep.equal({
      objects: [{ a: 1 }, { c: 3 }],
      problems: [
        "a.yaml:6:1: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    });
  });

  it("several values of JSON, each at its place", () => {
    const text = '{"a":1} {"b":\n2}\n';
    const { manifests } = readManifests({ file: "a.yaml", text });
    expect(
      manifests.map(({ locate }, index) => locate([["a", "b"][index] ?? ""])),
    ).to.deep.equal([
      { place: { line: 1, column: 2 }, isInside: false },
      { place: { line: 1, column: 10 }, isInside: false },
    ]);
  });
});

describe("render reads the items of a List", () => {
  const rows: Readonly<
    Record<string, readonly [text: string, objects: readonly unknown[]]>
  > = {
    "as objects": [
      "kind: List\nitems: [{ a: 1 }, { kind: Pod }]\n",
      [{ a: 1 }, { kind: "Pod" }],
    ],
    "with the kind of a typed List": [
      "apiVersion: apps/v1\nkind: DeploymentList\nitems: [{ a: 1 }]\n",
      [{ apiVersion: "apps/v1", kind: "Deployment", a: 1 }],
    ],
    "with their own kind and version": [
      "apiVersion: v1\nkind: PodList\nitems: [{ kind: Job, apiVersion: batch/v1 }]\n",
      [{ kind: "Job", apiVersion: "batch/v1" }],
    ],
    "in Lists": [
      "kind: List\nitems:\n- a: 1\n- kind: PodList\n  items:\n  - b: 2\n- c: 3\n",
      [{ a: 1 }, { kind: "Pod", b: 2 }, { c: 3 }],
    ],
    "if there are none": ["kind: List\nitems: []\n", []],
    "but not of a kind that only sounds like a List": [
      "kind: AllowList\nitems: {}\n",
      [{ kind: "AllowList", items: {} }],
    ],
  };
  for (const [name, [text, objects]] of Object.entries(rows))
    it(name, () => {
      expect(read(text)).to.deep.equal({ objects, problems: [] });
    });

  it("and rejects each item that is not an object, at its place", () => {
    const { text, places } = marked(`kind: List
items:
  - »null
  - { a: 1 }
  - »3
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
        "items[1]: [] is not a Kubernetes object: it has no fields",
        'items: {"kind":"Pod"} is not a list',
      ].map((says, index) => `a.yaml:${places[index]}: ${says}`),
    });
  });
});
