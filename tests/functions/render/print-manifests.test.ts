import { expect } from "chai";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import {
  jsonText,
  manifestsAsJson,
  manifestsAsYaml,
  yamlText,
} from "../../../functions/render/print-manifests.ts";
import type { Rendering } from "../../../functions/render/render-files.ts";
import {
  summarizeVolumes,
  summaryTable,
} from "../../../functions/render/summary.ts";
import { deployment, rendered, template } from "./rendered.ts";

/** A text of such pieces is easily read as something else. */
const PIECES =
  "a|1|0x| |\n|:|: |#| #|- |-|~|yes|on|null|.|e|E|T|_|!|&|*|%|@|`|{|}|[|]|,|=|<|<<|>|?|'|\"|\\|\t|\r|\u0085|\u00a0|\u2028|\ufeff|\ud800|…|😀|---|...|2026-01-01|22:30".split(
    "|",
  );

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom(...PIECES, "|"), { maxLength: 8 })
    .map((pieces) => pieces.join("")),
);

const keys = texts.filter((text) => text !== "__proto__" && text !== "<<");

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    texts,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
}));

describe("the YAML of render", () => {
  it("has one meaning in YAML 1.1 and 1.2", () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = yamlText(value);
        for (const options of [{}, { schema: "yaml-1.1" }] as const)
          expect(parse(text, options)).to.deep.equal(value);
      }),
      { numRuns: 1_000 },
    );
  }).timeout(20_000);

  it("looks as if a person had written it", () => {
    expect(
      yamlText({
        name: "build-cache-<hash>",
        "volume-claim-template/name": "cache",
        managed: "true",
        schedule: "*/5 * * * *",
        replicas: 3,
        nothing: null,
        none: [],
        args: ["--dir=/data", "yes", "0644", "a: b", "ends with:", "# no"],
        containers: [{ name: "a", emptyDir: {} }, [1, [2]]],
        script: "set -e\n\tmake\n\nif x; then\n  y\nfi\n",
        kept: "two\nlines\n\n",
        stripped: "two\nlines",
        odd: " first\nsecond",
        skipped: undefined,
      }),
    ).to.equal(`name: build-cache-<hash>
volume-claim-template/name: cache
managed: "true"
schedule: "*/5 * * * *"
replicas: 3
nothing: null
none: []
args:
  - --dir=/data
  - "yes"
  - "0644"
  - "a: b"
  - "ends with:"
  - "# no"
containers:
  - name: a
    emptyDir: {}
  - - 1
    - - 2
script: |
  set -e
  \tmake

  if x; then
    y
  fi
kept: |+
  two
  lines

stripped: |-
  two
  lines
odd: " first\\nsecond"
`);
  });

  it("says above each document what it is", async () => {
    const pod = { kind: "Pod", ...template };
    const { renderings } = await rendered(
      `${deployment()}---\n${JSON.stringify(pod)}`,
    );
    expect(manifestsAsYaml(renderings).match(/^#.*$/gm)).to.deep.equal([
      "# Each Pod of Deployment/web gets a claim like this, with a <hash> of its own.",
      "# Deployment/web as its Pods will be. Only to look at: apply the manifest itself.",
      "# Pod gets a claim like this, with a <hash> of its own.",
      "# Pod as it will be. Only to look at: apply the manifest itself.",
    ]);
  });
});

/** Characters that are invisible, that a terminal obeys, or that change the direction or the width of a text. */
const ODD = "\u001B[2J\u009B\n\u200B\u00A0\u202E\u2066\uFEFF\u{E0041}\uFE0F";
const ODD_SHOWN =
  "\\u001b[2J\\u009b\\n\\u200b\\u00a0\\u202e\\u2066\\ufeff\\u{e0041}\\ufe0f";

/** What must not reach a terminal, besides line ends; tabs stay in blocks of text. */
const RAW = /[^\P{C}\n\t]|[^\P{Z} ]|\uFE0F/u;

/** What render makes of a Deployment with such texts in it. */
async function odd(): Promise<readonly Rendering[]> {
  const annotations = {
    ...template.metadata.annotations,
    [`example.com/${ODD}`]: `a\nb${ODD}`,
    "example.com/text": "first\n\tsecond\n",
  };
  const object = {
    kind: "Deployment",
    metadata: { name: `web${ODD}`, namespace: `shop${ODD}` },
    spec: { template: { ...template, metadata: { annotations } } },
  };
  return (await rendered(JSON.stringify(object))).renderings;
}

describe("render escapes invisible characters", () => {
  it("in YAML, which keeps its meaning", async () => {
    const text = manifestsAsYaml(await odd());
    expect(text).not.to.match(RAW);
    expect(text).to.include(`# Each Pod of Deployment/web${ODD_SHOWN} gets`);
    expect(text).to.include("|\n          first\n          \tsecond\n");
    const [, object] = parseAllDocuments(text).map((each) => each.toJS());
    expect(object).to.have.nested.property(
      `spec.template.metadata.annotations.example\\.com/${ODD.replace("[", "\\[")}`,
      `a\nb${ODD}`,
    );
  });

  it("in JSON, which keeps its meaning", async () => {
    const text = manifestsAsJson(await odd());
    expect(text).not.to.match(RAW);
    expect(JSON.parse(text)).to.have.nested.property(
      "items[1].metadata.name",
      `web${ODD}`,
    );
  });

  it("in the table, and in its JSON", async () => {
    const volumes = summarizeVolumes(await odd());
    const table = summaryTable(volumes);
    expect(table).not.to.match(RAW);
    expect(table.split("\n")[1]).to.match(/^shop\\u001b\[2J/);
    expect(table).to.include(`Deployment/web${ODD_SHOWN}   cache`);
    expect(jsonText(volumes)).not.to.match(RAW);
    expect(JSON.parse(jsonText(volumes))).to.deep.equal(volumes);
  });
});
