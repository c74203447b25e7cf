import { expect } from "chai";
import fc from "fast-check";
import { stringify } from "yaml";
import type { VolumeClaimTemplate } from "../../../../functions/pod/claim-template/template.ts";
import { parseTemplates } from "../../../../functions/pod/volume-claim-templates.ts";
import { TEMPLATE_TEMPLATES } from "../../../../functions/well-known.ts";

const spec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};

/** The templates in `text`; fails with the problems when there are some. */
async function templatesIn(
  text: string,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly VolumeClaimTemplate[]> {
  const parsed = await parseTemplates({ [TEMPLATE_TEMPLATES]: text, ...more });
  if (parsed.kind === "templates") return parsed.templates;
  throw new Error(JSON.stringify(parsed));
}

async function problemsIn(
  text: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const parsed = await parseTemplates({ [TEMPLATE_TEMPLATES]: text, ...more });
  return parsed.kind === "invalid"
    ? parsed.problems.map(({ message }) => message)
    : [];
}

describe("the full form", () => {
  it("takes what kubectl prints of a StatefulSet, and drops what says nothing of a claim", async () => {
    const text = `
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    annotations: null
    creationTimestamp: null
    labels:
      app: db
    name: data
  spec:
    accessModes:
    - ReadWriteOnce
    dataSource: null
    resources:
      requests:
        storage: 10Gi
    storageClassName: fast
    volumeMode: Filesystem
  status:
    phase: Pending
`;
    expect(await templatesIn(text)).to.deep.equal([
      {
        volume: "data",
        labels: { app: "db" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "10Gi" } },
          storageClassName: "fast",
          volumeMode: "Filesystem",
        },
        lifeCycle: {},
      },
    ]);
  });

  it("takes JSON", async () => {
    const text = JSON.stringify([{ metadata: { name: "data" }, spec }]);
    expect(await templatesIn(text)).to.deep.equal([
      { volume: "data", spec, lifeCycle: {} },
    ]);
  });

  it("takes anchors, aliases and merge keys, as kubectl does", async () => {
    const text = `
- metadata: {name: data}
  spec: &small
    accessModes: [ReadWriteOnce]
    resources: {requests: {storage: 1Gi}}
- metadata: {name: wal}
  spec:
    <<: *small
    storageClassName: fast
`;
    expect(await templatesIn(text)).to.deep.equal([
      { volume: "data", spec, lifeCycle: {} },
      {
        volume: "wal",
        spec: { ...spec, storageClassName: "fast" },
        lifeCycle: {},
      },
    ]);
  });

  it("takes numbers for quantities, and the empty string for no class", async () => {
    const text = `- metadata: {name: data}
  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1073741824}, limits: {storage: 2e9}}, storageClassName: ""}`;
    const [template] = await templatesIn(text);
    expect(template?.spec).to.deep.equal({
      accessModes: ["ReadWriteOnce"],
      resources: {
        requests: { storage: "1073741824" },
        limits: { storage: "2000000000" },
      },
      storageClassName: "",
    });
  });

  it("reads as YAML 1.2 whatever a directive says, so that a word stays a word", async () => {
    const text = `%YAML 1.1\n---\n- {metadata: {name: data, labels: {a: yes, b: 2026-01-01}}, spec: ${JSON.stringify(spec)}}`;
    const [template] = await templatesIn(text);
    expect(template?.labels).to.deep.equal({ a: "yes", b: "2026-01-01" });
  });

  it("allows a label of ours with the value that it gets anyway, and a hold from the first day on", async () => {
    const metadata = {
      name: "data",
      labels: {
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": "data",
      },
      annotations: { "volume-claim/hold": "true" },
    };
    const [template] = await templatesIn(JSON.stringify([{ metadata, spec }]));
    expect(template?.annotations).to.deep.equal({
      "volume-claim/hold": "true",
    });
  });

  it("W9: finds all problems of all templates at once, shape and content", async () => {
    const text = `
- metadata: {name: Data}
  spec: {accessModes: [RWO], resources: {requests: {storage: 0}}, size: 1Gi}
- metadata: {name: wal, labels: {a: b c}}
  spec: {accessModes: ReadWriteOnce, resources: {requests: {storage: 10GB}}}
`;
    const problems = await problemsIn(text, {
      "volume-claim-template/retention": "Keep",
      "volume-claim-template/typo": "x",
    });
    expect(
      problems.map((problem) => problem.split(": ").slice(1, 3).join(" ")),
    ).to.deep.equal([
      '"x" has an unknown key; known are volume-claim-template/name, volume-claim-template/storage, volume-claim-template/storage-class, volume-claim-template/access-modes, volume-claim-template/data-source, volume-claim-template/templates, volume-claim-template/retention, volume-claim-template/idle-ttl, volume-claim-template/finished-pods',
      'template "Data" spec.size',
      'template "Data" spec.accessModes[0]',
      'template "Data" metadata.name',
      'template "Data" spec.resources.requests.storage',
      'template "wal" spec.accessModes',
      'template "wal" metadata.labels.a',
      'template "wal" spec.resources.requests.storage',
      '"Keep" is not supported; known are Delete, Retain',
    ]);
  });

  it("points at the place inside the annotation", async () => {
    const parsed = await parseTemplates({
      [TEMPLATE_TEMPLATES]: `
- {metadata: {name: data}, spec: ${JSON.stringify(spec)}}
- {metadata: {name: wal}, spec: {accessModes: [RWO], resources: {requests: {storage: 1Gi}}}}`,
    });
    expect(parsed).to.deep.equal({
      kind: "invalid",
      problems: [
        {
          message:
            'annotation volume-claim-template/templates: template "wal": spec.accessModes[0]: "RWO" is not supported; known are ReadOnlyMany, ReadWriteMany, ReadWriteOnce, ReadWriteOncePod',
          path: ["metadata", "annotations", TEMPLATE_TEMPLATES],
          inside: [1, "spec", "accessModes", 0],
        },
      ],
    });
  });

  describe("life cycles", () => {
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

  it("W9: refuses annotations that are more than Kubernetes allows, however short the text is", async () => {
    const text = `- metadata: {name: data, annotations: {a: &a "${"x".repeat(20_000)}", ${Array.from({ length: 20 }, (_, index) => `a${index}: *a`).join(", ")}}}\n  spec: ${JSON.stringify(spec)}`;
    const [problem, ...more] = await problemsIn(text);
    expect(more).to.deep.equal([]);
    expect(problem).to.match(
      /metadata\.annotations have 4200\d\d bytes together; Kubernetes allows 262144$/,
    );
  });

  it("keeps a spec exactly as it was written, whatever sound fields it has", async () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const label = fc.stringMatching(
      /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?)?$/,
    );
    const labels = fc.dictionary(
      fc.tuple(name, name).map(([a, b]) => `${a}.example.com/${b}`),
      label,
      { maxKeys: 3 },
    );
    const quantity = fc
      .tuple(
        fc.integer({ min: 1, max: 1_000 }),
        fc.constantFrom("", "k", "M", "Gi", "Ti", "e3"),
      )
      .map(([count, unit]) => `${count}${unit}`);
    const reference = fc.record({
      apiGroup: name.map((text) => `${text}.example.com`),
      kind: fc.constant("Backup"),
      name,
    });
    const template = fc.record(
      {
        metadata: fc.record({ name, labels, annotations: labels }),
        spec: fc.record(
          {
            accessModes: fc.constantFrom(
              ["ReadWriteOnce"],
              ["ReadWriteMany", "ReadOnlyMany"],
              ["ReadWriteOncePod"],
            ),
            resources: fc.record({
              requests: fc.record({ storage: quantity }),
            }),
            storageClassName: fc.oneof(name, fc.constant("")),
            volumeAttributesClassName: name,
            volumeName: name,
            volumeMode: fc.constantFrom("Filesystem", "Block"),
            selector: fc.record({
              matchLabels: labels,
              matchExpressions: fc.array(
                fc.record({
                  key: name,
                  operator: fc.constantFrom("In", "NotIn"),
                  values: fc.array(label, { minLength: 1, maxLength: 3 }),
                }),
                { maxLength: 3 },
              ),
            }),
            dataSourceRef: reference,
          },
          { requiredKeys: ["accessModes", "resources"] },
        ),
      },
      { requiredKeys: ["metadata", "spec"] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(template, {
          selector: (one) => one.metadata.name,
          minLength: 1,
          maxLength: 20,
        }),
        fc.boolean(),
        async (drawn, asJson) => {
          const written = drawn.filter(
            ({ metadata }) => metadata.name !== "name",
          );
          fc.pre(written.length > 0);
          const text = asJson ? JSON.stringify(written) : stringify(written);
          expect(await templatesIn(text)).to.deep.equal(
            written.map(({ metadata, spec: own }) => ({
              volume: metadata.name,
              labels: metadata.labels,
              annotations: metadata.annotations,
              spec: own,
              lifeCycle: {},
            })),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it("never throws, whatever stands in the annotation", async () => {
    const field = fc.constantFrom(
      "metadata",
      "spec",
      "name",
      "labels",
      "annotations",
      "accessModes",
      "resources",
      "requests",
      "storage",
      "selector",
      "matchExpressions",
      "dataSource",
      "__proto__",
      "constructor",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom<unknown>(null, 1, "x", "1Gi", true, "ReadWriteOnce"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(field, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const text = fc.oneof(
      fc.string(),
      value.map((one) => stringify(one) ?? ""),
      fc.array(value, { maxLength: 4 }).map((all) => JSON.stringify(all)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (drawn) => {
        const parsed = await parseTemplates({ [TEMPLATE_TEMPLATES]: drawn });
        expect(parsed.kind).not.to.equal("none");
        if (parsed.kind === "invalid") {
          expect(parsed.problems).not.to.have.lengthOf(0);
          for (const { message } of parsed.problems)
            expect(message)
              .to.have.length.below(1_000)
              .and.to.match(/^annotation volume-claim-template\/templates[: ]/);
        }
      }),
    );
  });
});
