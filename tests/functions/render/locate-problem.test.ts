import { expect } from "chai";
import { runProgram } from "../../support/run-program.ts";
import { marked } from "./marked-manifest.ts";
import { rendered } from "./rendered.ts";

const TYPO = "volume-claim-template/storage";

describe("the place of a problem", () => {
  const cases: readonly {
    readonly name: string;
    /** Marked where the problem is. */
    readonly text: string;
    readonly says: string;
  }[] = [
    {
      name: "an annotation",
      text: `kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      annotations:
        volume-claim-template/name: cache
        »volume-claim-template/storage: 10GB
    spec:
      containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`,
      says: `Deployment/web spec.template: annotation ${TYPO}: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M`,
    },
    {
      name: "annotations in which one is missing",
      text: `kind: Pod
metadata:
  name: web
  »annotations:
    volume-claim-template/name: cache
spec:
  containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`,
      says: `Pod/web: annotation ${TYPO} is missing: it gives the size of each claim, such as 10Gi`,
    },
    {
      name: "a volume",
      text: `kind: CronJob
metadata: { name: nightly }
spec:
  jobTemplate:
    spec:
      template:
        metadata:
          annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
        spec:
          containers:
            - name: app
          volumes:
            - name: other
              emptyDir: {}
            - »name: cache
              hostPath: { path: /x }
`,
      says: `CronJob/nightly spec.jobTemplate.spec.template: spec.volumes[1] "cache" is of type hostPath; only an emptyDir can become a claim`,
    },
    {
      name: "volumes of which one is missing",
      text: `kind: Pod
metadata:
  name: web
  annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
»spec:
  containers: [{ name: app }]
`,
      says: `Pod/web: volume "cache" is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
    },
    {
      name: "an object of a List, after a comment, in JSON",
      text: `# as the API server has it
{"kind": "List", "items": [
  {"kind": "ConfigMap"},
  {"kind": "Pod", "metadata": {"name": "web", "annotations": {
    "volume-claim-template/name": "cache",
    »"volume-claim-template/storage": "0"}},
   "spec": {"containers": [{"name": "app", "volumeMounts": [{"name": "cache"}]}]}}
]}
`,
      says: `Pod/web: annotation ${TYPO}: "0" must be greater than zero`,
    },
    {
      name: "where an anchor stands that is used",
      text: `kind: Pod
x: &annotations
  volume-claim-template/name: cache
  »volume-claim-template/storage: x
metadata:
  name: web
  annotations: *annotations
spec:
  containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`,
      says: `Pod/web: annotation ${TYPO}: "x" is not a Kubernetes quantity; write it like 10Gi or 500M`,
    },
    {
      name: "an annotation that is a number",
      text: `kind: Pod
metadata:
  name: web
  annotations:
    volume-claim-template/name: cache
    »volume-claim-template/storage: 10
spec:
  containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`,
      says: `Pod/web: annotation ${TYPO}: 10 is a number, not a text; write it in quotes`,
    },
    {
      name: "an annotation without a value",
      text: `kind: Pod
metadata:
  name: web
  annotations:
    volume-claim-template/name: cache
    volume-claim-template/storage: 1Gi
    »volume-claim-template/storage-class:
spec:
  containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`,
      says: `Pod/web: annotation volume-claim-template/storage-class: has no value; write "" for an empty text, or leave the key out`,
    },
    {
      name: "a list that is none",
      text: `kind: Pod
metadata:
  name: web
  annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
spec:
  containers:
    - name: app
      »volumeMounts: cache
`,
      says: `Pod/web: spec.containers[0].volumeMounts: "cache" is not a list`,
    },
    {
      name: "an item without a name",
      text: `kind: Pod
metadata:
  name: web
  annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
spec:
  containers: [{ name: app }]
  volumes: [{ name: x }, »cache]
`,
      says: `Pod/web: spec.volumes[1]: "cache" has no name`,
    },
    {
      name: "a volume that a StatefulSet has a claim for already",
      text: `kind: StatefulSet
metadata: { name: db }
spec:
  template:
    metadata:
      annotations:
        volume-claim-template/storage: 1Gi
        »volume-claim-template/name: data
    spec:
      containers: [{ name: app, volumeMounts: [{ name: data }] }]
  volumeClaimTemplates: [{ metadata: { name: data } }]
`,
      says: `StatefulSet/db spec.template: annotation volume-claim-template/name: "data" contradicts spec.volumeClaimTemplates[0], with which the StatefulSet makes that volume a claim of its own; leave out the annotations or that template`,
    },
    {
      name: "a full form with a volume that a StatefulSet has a claim for already",
      text: `kind: StatefulSet
metadata: { name: db }
spec:
  template:
    metadata:
      annotations:
        »volume-claim-template/templates: |
          - metadata: { name: cache }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
          - metadata: { name: data }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
    spec:
      containers: [{ name: app, volumeMounts: [{ name: cache }, { name: data }] }]
  volumeClaimTemplates: [{ spec: {} }, { metadata: { name: data } }]
`,
      says: `StatefulSet/db spec.template: annotation volume-claim-template/templates: template "data" contradicts spec.volumeClaimTemplates[1], with which the StatefulSet makes that volume a claim of its own; leave out the annotations or that template`,
    },
  ];
  for (const { name, text: withMark, says } of cases)
    it(`is that of ${name}`, async () => {
      const { text, places } = marked(withMark);
      const { problems, renderings } = await rendered(text);
      expect(problems).to.deep.equal([`a.yaml:${places[0]}: ${says}`]);
      expect(renderings).to.deep.equal([]);
    });

  it("orders the problems of a file by their lines", async () => {
    const text = cases.map((one) => marked(one.text).text).join("---\n");
    const lines = (await rendered(text)).problems.map((line) =>
      Number(line.split(":")[1]),
    );
    expect(lines).to.have.lengthOf(cases.length);
    expect(lines).to.deep.equal(lines.toSorted((a, b) => a - b));
  });
});

/** A Pod with this annotation. */
const pod = (annotation: string): string => `kind: Pod
metadata:
  name: web
  annotations:
${annotation}
spec:
  containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`;

const FIELD = pod(`\
    volume-claim-template/templates: | # as it stood in the StatefulSet

      - metadata:
          name: cache
        spec:
          accessModes: [»RWO]
          resources:
            requests: { storage: 1Gi }`);

const FIELD_SAYS = `template "cache": spec.accessModes[0]: "RWO" is not supported; known are ReadOnlyMany, ReadWriteMany, ReadWriteOnce, ReadWriteOncePod`;

describe("the place of a problem in the full form", () => {
  const cases: readonly {
    readonly name: string;
    /** Marked where the problems are. */
    readonly text: string;
    /** What is said at each mark. */
    readonly says: readonly string[];
  }[] = [
    { name: "is that of a field", text: FIELD, says: [FIELD_SAYS] },
    {
      name: "is that of a field, with line ends of Windows, too",
      text: FIELD.replaceAll("\n", "\r\n"),
      says: [FIELD_SAYS],
    },
    {
      name: "is that of what is around a field that is missing",
      text: pod(`\
    volume-claim-template/templates: |-
      - metadata: { name: cache }
        spec:
          accessModes: [ReadWriteOnce]
          »resources: {}`),
      says: [
        `template "cache": spec.resources.requests.storage is missing: it gives the size of each claim, such as 10Gi`,
      ],
    },
    {
      name: "is that of the annotation, where it has other lines than the file",
      text: pod(`\
    »volume-claim-template/templates: '[{metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce],

      resources: {requests: {storage: x}}}}]'`),
      says: [
        `template "cache": spec.resources.requests.storage: "x" is not a Kubernetes quantity; write it like 10Gi or 500M`,
      ],
    },
    {
      name: "is in the file, where it is YAML and not a text",
      text: pod(`\
    »volume-claim-template/templates:
      - metadata:
          name: cache
        spec:
          accessModes: [»RWO]
          resources: { requests: { »storage: 0 } }`),
      says: [
        "is not a text; write | after the key, which makes one of the YAML below it",
        FIELD_SAYS,
        `template "cache": spec.resources.requests.storage: 0 must be greater than zero`,
      ],
    },
    {
      name: "is where the text is no YAML, without a line of the text",
      text: pod(`\
    volume-claim-template/templates: |
      # from the StatefulSet
      - metadata: { name: cache }
        »metadata: { name: cache }
        spec: {}`),
      says: ["is not YAML: Map keys must be unique"],
    },
    {
      name: "is in the line of which YAML cannot read the first character",
      text: pod(`\
    volume-claim-template/templates: |
      - metadata:
      »\tname: cache
        spec: {}`),
      says: ["is not YAML: Tabs are not allowed as indentation"],
    },
    {
      name: "is at the end of the text, not below it, where something is missing there",
      text: pod(`\
    volume-claim-template/templates: |
      - metadata: { name: cache }
        spec: { accessModes: [ReadWriteOnce]»

    other: x`),
      says: [
        "is not YAML: Flow map in block collection must be sufficiently indented and end with a }",
      ],
    },
    {
      name: "is there as well where blanks stand after the one line of it",
      text: pod(`\
    volume-claim-template/templates: |
      - { metadata:   »`),
      says: [
        "is not YAML: Flow map in block collection must be sufficiently indented and end with a }",
      ],
    },
    {
      name: "is that of the second document, where there is to be one",
      text: pod(`\
    volume-claim-template/templates: |
      - metadata: { name: cache }
      »---
      - metadata: { name: other }`),
      says: ["has several YAML documents; put all templates into one array"],
    },
    {
      name: "has a line of the text only where it cannot be told in the file",
      text: pod(`\
    »volume-claim-template/templates: "[\\n  {]"`),
      says: [
        "is not YAML: in its text, line 2, column 4: Flow map in block collection must be sufficiently indented and end with a }",
      ],
    },
  ];
  for (const { name, text: withMarks, says } of cases)
    it(name, async () => {
      const { text, places } = marked(withMarks);
      expect((await rendered(text)).problems).to.deep.equal(
        says.map(
          (each, index) =>
            `a.yaml:${places[index]}: Pod/web: annotation volume-claim-template/templates: ${each}`,
        ),
      );
    });
});

const renderFiles = new URL(
  "../../../functions/render/render-files.ts",
  import.meta.url,
).href;

/** As many templates as a Pod can have, with eight problems each. */
const MANY = `kind: Pod
metadata:
  name: web
  annotations:
    volume-claim-template/templates: |
${Array.from(
  { length: 128 },
  (_, index) => `\
      - metadata: { name: v${index}, labels: { "-a": "-", "-b": "-" } }
        spec: { accessModes: [RWO], storageClassName: -x, volumeName: -x, resources: { requests: { storage: x } } }
`,
).join("")}\
spec:
  containers: [{ name: app }]
`;

describe("the places of many problems", () => {
  it("are found in one look at the annotation", async () => {
    // In a process of its own: where coverage is counted, V8 optimises nothing, and the time would be that of the counting.
    const { stdout, stderr } = await runProgram(
      process.execPath,
      ["--input-type=module", "-"],
      {
        input: `
          const { renderFiles } = await import(${JSON.stringify(renderFiles)});
          const before = process.cpuUsage();
          const { problems } = await renderFiles([{ file: "a.yaml", text: ${JSON.stringify(MANY)} }]);
          const { user, system } = process.cpuUsage(before);
          const lines = new Set(problems.map(({ line }) => line));
          console.log(JSON.stringify({ problems: problems.length, lines: lines.size, cpuMs: (user + system) / 1000 }));`,
        env: { PATH: process.env["PATH"] },
      },
    );
    expect(stderr).to.equal("");
    const { problems, lines, cpuMs } = JSON.parse(stdout) as {
      problems: number;
      lines: number;
      cpuMs: number;
    };
    expect(problems).to.be.at.least(1_024);
    expect(lines).to.be.at.least(2 * 128);
    // About 0.3 s; 15 s when each problem parsed the annotation again.
    expect(cpuMs).to.be.below(3_000);
  }).timeout(60_000);
});
