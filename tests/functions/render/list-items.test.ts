import { expect } from "chai";
import { problemLine } from "../../../functions/render/located-problem.ts";
import { readManifests } from "../../../functions/render/read-manifests.ts";
import { marked } from "./marked-manifest.ts";

function read(text: string): { objects: unknown[]; problems: string[] } {
  const { manifests, problems } = readManifests({ file: "a.yaml", text });
  return {
    objects: manifests.map(({ object }) => object),
    problems: problems.map((problem) => problemLine(problem)),
  };
}

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
