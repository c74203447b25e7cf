import { expect } from "chai";
import { problemsIn, spec, templatesIn } from "./parsed-templates.ts";

describe("life cycles in the full form", () => {
  const RETENTION = "volume-claim-template/retention";
  const IDLE_TTL = "volume-claim-template/idle-ttl";
  const FINISHED = "volume-claim-template/finished-pods";
  const cases: {
    name: string;
    pod: Record<string, string>;
    own: Record<string, string>;
    merged: Record<string, string>;
  }[] = [
    { name: "none at all", pod: {}, own: {}, merged: {} },
    {
      name: "the Pod's, where the template says nothing",
      pod: { [RETENTION]: "Retain", [IDLE_TTL]: "7d", [FINISHED]: "Release" },
      own: {},
      merged: {
        [RETENTION]: "Retain",
        [IDLE_TTL]: "7d",
        [FINISHED]: "Release",
      },
    },
    {
      name: "the template's own, where it says something",
      pod: { [RETENTION]: "Retain", [IDLE_TTL]: "7d", [FINISHED]: "Release" },
      own: { [IDLE_TTL]: "36h", [FINISHED]: "Keep" },
      merged: {
        [RETENTION]: "Retain",
        [IDLE_TTL]: "36h",
        [FINISHED]: "Keep",
      },
    },
    {
      name: "an idle-ttl of the template under the Pod's retention",
      pod: { [RETENTION]: "Retain" },
      own: { [IDLE_TTL]: "36h" },
      merged: { [RETENTION]: "Retain", [IDLE_TTL]: "36h" },
    },
    {
      name: "an idle-ttl of the Pod under the template's retention",
      pod: { [IDLE_TTL]: "7d" },
      own: { [RETENTION]: "Retain" },
      merged: { [RETENTION]: "Retain", [IDLE_TTL]: "7d" },
    },
    {
      name: "a template that goes with its Pod, without the Pod's idle-ttl",
      pod: { [RETENTION]: "Retain", [IDLE_TTL]: "7d" },
      own: { [RETENTION]: "Delete" },
      merged: { [RETENTION]: "Delete" },
    },
  ];
  for (const { name, pod, own, merged } of cases)
    it(`gives ${name}`, async () => {
      const text = JSON.stringify([
        { metadata: { name: "data", annotations: { ...own, a: "b" } }, spec },
      ]);
      const [template] = await templatesIn(text, pod);
      expect(template?.lifeCycle).to.deep.equal(merged);
      expect(template?.annotations).to.deep.equal({ a: "b" });
    });

  it("gives the Pod's idle-ttl to the retained volumes and to no other", async () => {
    const text = JSON.stringify([
      { metadata: { name: "scratch" }, spec },
      {
        metadata: { name: "data", annotations: { [RETENTION]: "Retain" } },
        spec,
      },
    ]);
    const templates = await templatesIn(text, { [IDLE_TTL]: "7d" });
    expect(templates.map(({ lifeCycle }) => lifeCycle)).to.deep.equal([
      {},
      { [RETENTION]: "Retain", [IDLE_TTL]: "7d" },
    ]);
  });

  it("W9: refuses an idle-ttl of the Pod that would count for none of its volumes", async () => {
    const text = JSON.stringify([
      { metadata: { name: "scratch" }, spec },
      { metadata: { name: "data" }, spec },
    ]);
    expect(await problemsIn(text, { [IDLE_TTL]: "7d" })).to.deep.equal([
      'annotation volume-claim-template/idle-ttl: "7d" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
    ]);
  });

  it("says of a wrong retention only that it is wrong", async () => {
    const text = JSON.stringify([{ metadata: { name: "data" }, spec }]);
    expect(
      await problemsIn(text, { [RETENTION]: "Forever", [IDLE_TTL]: "7d" }),
    ).to.deep.equal([
      'annotation volume-claim-template/retention: "Forever" is not supported; known are Delete, Retain',
    ]);
  });
});
