import { expect } from "chai";
import { spec } from "./malformed.ts";
import { parsed, problemsOf } from "./parsed.ts";

type Keys = Readonly<Record<string, string>>;

const PREFIX = "volume-claim-template/";

/** A text with a template for each life cycle, whose keys have no prefix. */
function templatesWith(...lifeCycles: Keys[]): string {
  return JSON.stringify(
    lifeCycles.map((own, index) => {
      const keys = Object.entries(own).map(([key, value]) => [
        PREFIX + key,
        value,
      ]);
      const annotations = { ...Object.fromEntries(keys), a: "b" };
      return { metadata: { name: `data-${index}`, annotations }, spec };
    }),
  );
}

/** The life cycles of the templates under the Pod's own. */
async function merged(pod: Keys, ...own: Keys[]): Promise<Keys[]> {
  const { templates } = await parsed({
    ...pod,
    templates: templatesWith(...own),
  });
  for (const { annotations } of templates)
    expect(annotations).to.deep.equal({ a: "b" });
  return templates.map(({ lifeCycle }) =>
    Object.fromEntries(
      Object.entries(lifeCycle).map(([key, value]) => [
        key.replace(PREFIX, ""),
        value,
      ]),
    ),
  );
}

describe("life cycles in the full form", () => {
  const retain = { retention: "Retain", "idle-ttl": "7d" };
  const cases: [what: string, pod: Keys, own: Keys, merged: Keys][] = [
    ["the default", {}, {}, {}],
    [
      "the Pod's",
      { ...retain, "finished-pods": "Release" },
      {},
      {
        ...retain,
        "finished-pods": "Release",
      },
    ],
    [
      "the template's own keys, and the Pod's others",
      { ...retain, "finished-pods": "Release" },
      { "idle-ttl": "36h", "finished-pods": "Keep" },
      { retention: "Retain", "idle-ttl": "36h", "finished-pods": "Keep" },
    ],
    [
      "the Pod's idle-ttl under the template's Retain",
      { "idle-ttl": "7d" },
      { retention: "Retain" },
      retain,
    ],
    [
      "no idle-ttl of the Pod under the template's Delete",
      retain,
      { retention: "Delete" },
      { retention: "Delete" },
    ],
  ];
  for (const [what, pod, own, expected] of cases)
    it(`give a volume ${what}`, async () => {
      expect(await merged(pod, own)).to.deep.equal([expected]);
    });

  it("give the Pod's idle-ttl to the retained volumes only", async () => {
    expect(
      await merged({ "idle-ttl": "7d" }, {}, { retention: "Retain" }),
    ).to.deep.equal([{}, retain]);
  });

  it("W9: are rejected if the Pod's idle-ttl counts for none of its volumes", async () => {
    expect(
      await problemsOf({ "idle-ttl": "7d", templates: templatesWith({}, {}) }),
    ).to.deep.equal([
      `annotation ${PREFIX}idle-ttl: "7d" contradicts ${PREFIX}retention: Delete, which deletes a claim after its Pod; set ${PREFIX}retention: Retain or leave it out`,
    ]);
  });

  for (const [key, values] of [
    ["on-miss", ["Create", "Wait"]],
    ["pool", ["a", "b"]],
    ["reuse-key", ["a", "b"]],
    ["idle-ttl", ["7d", "8d"]],
    ["max-idle", ["1", "2"]],
    ["max-sets", ["1", "2"]],
    ["max-uses", ["1", "2"]],
    ["max-age", ["7d", "8d"]],
  ] as const)
    it(`are rejected if ${key} differs between the volumes of one set`, async () => {
      const volumes = values.map((value) => ({ [key]: value }));
      const problems = await problemsOf({
        retention: "Reuse",
        templates: templatesWith(...volumes),
      });
      expect(problems).to.have.lengthOf(1);
      expect(problems[0]).to.include(`${PREFIX}${key} differs between`);
    });

  it("may differ in finished-pods between the volumes of one set", async () => {
    const volumes = ["Keep", "Release"].map((value) => ({
      "finished-pods": value,
    }));
    const templates = templatesWith(...volumes);
    expect(await problemsOf({ retention: "Reuse", templates })).to.deep.equal(
      [],
    );
  });
});
