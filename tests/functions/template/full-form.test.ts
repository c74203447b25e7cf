import { expect } from "chai";
import { stringify } from "yaml";
import { parseTemplates } from "../../../functions/template/parse.ts";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { TEMPLATES } from "./every-field.ts";
import { spec } from "./malformed.ts";
import { parsed, problemsOf } from "./parsed.ts";

const good = JSON.stringify(spec);

describe("the full form", () => {
  it("keeps every field of a spec as it is written, in YAML and in JSON", async () => {
    const written = TEMPLATES.filter(
      ({ metadata: { name } }) => name !== "size-as-number",
    );
    for (const text of [JSON.stringify(written), stringify(written)]) {
      const { templates, volumes } = await parsed({ templates: text });
      expect(templates.map((one) => one.spec)).to.deep.equal(
        written.map((one) => one.spec),
      );
      expect(volumes).to.deep.equal(
        written.map((one) => ({
          volume: one.metadata.name,
          block: one.spec["volumeMode"] === "Block",
        })),
      );
    }
  });

  it("takes empty fields for absent ones, and anchors, aliases and merge keys as kubectl does", async () => {
    const { templates } = await parsed({
      templates: `
- metadata: {name: data, creationTimestamp: null, annotations: null, labels: {app: db}}
  spec: &small
    accessModes: [ReadWriteOnce]
    dataSource: null
    resources: {requests: {storage: 1Gi}}
- metadata: {name: wal}
  spec:
    <<: *small
    storageClassName: fast
`,
    });
    expect(templates).to.deep.equal([
      { volume: "data", labels: { app: "db" }, spec, lifeCycle: {} },
      {
        volume: "wal",
        spec: { ...spec, storageClassName: "fast" },
        lifeCycle: {},
      },
    ]);
  });

  it("takes numbers for quantities", async () => {
    const { templates } = await parsed({
      templates: `- metadata: {name: data}
  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1073741824}, limits: {storage: 2e9}}}`,
    });
    expect(templates[0]?.spec.resources).to.deep.equal({
      requests: { storage: "1073741824" },
      limits: { storage: "2000000000" },
    });
  });

  it("reads YAML 1.2 whatever a directive says, so that a word stays a word", async () => {
    const { templates } = await parsed({
      templates: `%YAML 1.1\n---\n- {metadata: {name: data, labels: {a: yes, b: 2026-01-01}}, spec: ${good}}`,
    });
    expect(templates[0]?.labels).to.deep.equal({ a: "yes", b: "2026-01-01" });
  });

  it("accepts a label of ours with the value that it gets anyway, and a hold", async () => {
    const metadata = {
      name: "data",
      labels: {
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": "data",
      },
      annotations: { "volume-claim/hold": "true" },
    };
    const { templates } = await parsed({
      templates: JSON.stringify([{ metadata, spec }]),
    });
    expect(templates[0]?.annotations).to.deep.equal(metadata.annotations);
  });

  const places: [what: string, text: string, inside: unknown][] = [
    [
      "a wrong value",
      `- {metadata: {name: data}, spec: ${good}}\n- {metadata: {name: wal}, spec: {accessModes: [RWO], resources: {requests: {storage: 1Gi}}}}`,
      [1, "spec", "accessModes", 0],
    ],
    ["a second key", "- a: 1\n  b: 2\n  a: 3\n", { line: 3, column: 3 }],
    ["an unknown tag", "- a\n- !b c\n", { line: 2, column: 3 }],
    ["a second document", "- a\n---\n- b\n", { line: 2, column: 1 }],
    ["an unrendered text", "{{ .Values.a }}", { line: 1, column: 1 }],
    ["a text that is no list", "a: 1\n", undefined],
  ];
  for (const [what, text, inside] of places)
    it(`gives the place of ${what} inside the annotation`, async () => {
      const outcome = await parseTemplates({ [TEMPLATE_TEMPLATES]: text });
      if (outcome.kind !== "invalid") throw new Error(outcome.kind);
      const [error, ...more] = outcome.errors;
      expect(more).to.deep.equal([]);
      expect(error?.path).to.deep.equal([
        "metadata",
        "annotations",
        TEMPLATE_TEMPLATES,
      ]);
      expect(error?.inside).to.deep.equal(inside);
    });

  it("gives the volumes of wrong templates, too: each once, and none with a bad name", async () => {
    const outcome = await parseTemplates({
      [TEMPLATE_TEMPLATES]: `
- {metadata: {name: Data}, spec: {}}
- {metadata: {name: 7}, spec: {}}
- {spec: {}}
- {metadata: {name: data}}
- {metadata: {name: data}, spec: {volumeMode: Block}}
- {metadata: {name: name}, spec: {volumeMode: null}}
- {metadata: {name: disk}, spec: {volumeMode: Block}}
- {metadata: {name: wal}, spec: {volumeMode: block}}`,
    });
    expect(outcome)
      .to.have.property("volumes")
      .that.deep.equals([
        { volume: "data", block: false },
        { volume: "name", block: false },
        { volume: "disk", block: true },
        { volume: "wal", block: undefined },
      ]);
  });

  it("W9: rejects annotations that are longer than Kubernetes allows, however short the text is", async () => {
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: *a`);
    const text = `- metadata: {name: data, annotations: {a: &a "${"x".repeat(20_000)}", ${aliases.join(", ")}}}\n  spec: ${good}`;
    const [problem, ...more] = await problemsOf({ templates: text });
    expect(more).to.deep.equal([]);
    expect(problem).to.match(
      /metadata\.annotations have 4200\d\d bytes together; Kubernetes allows 262144$/,
    );
  });
});
