import { expect } from "chai";
import { parseTemplates } from "../../../functions/template/parse.ts";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { told } from "../field/told.ts";
import { problemsIn, spec, templatesIn } from "./parsed-templates.ts";

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
    if (parsed.kind !== "invalid") throw new Error(parsed.kind);
    expect({ ...parsed, errors: told(parsed.errors) }).to.deep.equal({
      kind: "invalid",
      errors: [
        {
          message:
            'annotation volume-claim-template/templates: template "wal": spec.accessModes[0]: "RWO" is not supported; known are ReadOnlyMany, ReadWriteMany, ReadWriteOnce, ReadWriteOncePod',
          path: ["metadata", "annotations", TEMPLATE_TEMPLATES],
          inside: [1, "spec", "accessModes", 0],
        },
      ],
      volumes: [
        { volume: "data", block: false },
        { volume: "wal", block: false },
      ],
    });
  });

  it("names the volumes of wrong templates, too: each once, and none whose name is no volume's", async () => {
    const parsed = await parseTemplates({
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
    expect(parsed)
      .to.have.property("volumes")
      .that.deep.equals([
        { volume: "data", block: false },
        { volume: "name", block: false },
        { volume: "disk", block: true },
        { volume: "wal", block: undefined },
      ]);
  });

  it("W9: refuses annotations that are more than Kubernetes allows, however short the text is", async () => {
    const text = `- metadata: {name: data, annotations: {a: &a "${"x".repeat(20_000)}", ${Array.from({ length: 20 }, (_, index) => `a${index}: *a`).join(", ")}}}\n  spec: ${JSON.stringify(spec)}`;
    const [problem, ...more] = await problemsIn(text);
    expect(more).to.deep.equal([]);
    expect(problem).to.match(
      /metadata\.annotations have 4200\d\d bytes together; Kubernetes allows 262144$/,
    );
  });
});
