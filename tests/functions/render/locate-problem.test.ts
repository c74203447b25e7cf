import { expect } from "chai";
import { renderFiles } from "../../../functions/render/render-files.ts";
import { ANNOTATIONS, itRejects, marked, rendered } from "./rendered.ts";
import type { RejectedCase } from "./rendered.ts";

/** A Pod with these lines of annotations. Its container mounts the volume `cache`. */
const pod = (annotations: string): string => `kind: Pod
metadata:
  name: web
  annotations:
${annotations}
spec:
  containers: [{ name: app, volumeMounts: [{ name: cache }] }]
`;

const STORAGE = "annotation volume-claim-template/storage";
const NO_QUANTITY = "is not a Kubernetes quantity; write it like 10Gi or 500M";

const CASES: readonly RejectedCase[] = [
  {
    name: "an annotation",
    text: pod(
      "    volume-claim-template/name: cache\n    »volume-claim-template/storage: 10GB",
    ),
    who: "Pod/web: ",
    says: [`${STORAGE}: "10GB" ${NO_QUANTITY}`],
  },
  {
    name: "the annotations, if one is missing",
    text: pod("    volume-claim-template/name: cache").replace(
      "annotations:",
      "»annotations:",
    ),
    who: "Pod/web: ",
    says: [
      `${STORAGE} is missing: it gives the size of each claim, such as 10Gi`,
    ],
  },
  {
    name: "the spec, if the volume is missing",
    text: `kind: Pod
metadata: { name: web, annotations: ${ANNOTATIONS} }
»spec:
  containers: [{ name: app }]
`,
    who: "Pod/web: ",
    says: [
      `volume "cache" is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
    ],
  },
  {
    name: "an object of a List, after a comment, in JSON",
    text: `# from the API server
{"kind": "List", "items": [
  {"kind": "ConfigMap"},
  {"kind": "Pod", "metadata": {"name": "web", "annotations": {
    "volume-claim-template/name": "cache",
    »"volume-claim-template/storage": "0"}},
   "spec": {"containers": [{"name": "app", "volumeMounts": [{"name": "cache"}]}]}}
]}
`,
    who: "Pod/web: ",
    says: [`${STORAGE}: "0" must be greater than zero`],
  },
  {
    name: "the anchor that an alias names",
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
    who: "Pod/web: ",
    says: [`${STORAGE}: "x" ${NO_QUANTITY}`],
  },
];

describe("render reports the place of", () => {
  itRejects(CASES);

  it("all problems of a file, in the order of its lines", async () => {
    const text = CASES.map((one) => marked(one.text).text).join("---\n");
    const lines = (await rendered(text)).problems.map((line) =>
      Number(line.split(":")[1]),
    );
    expect(lines).to.have.lengthOf(CASES.length);
    expect(lines).to.deep.equal(lines.toSorted((a, b) => a - b));
  });
});

const FIELD = pod(`\
    volume-claim-template/templates: | # from the StatefulSet

      - metadata:
          name: cache
        spec:
          accessModes: [»RWO]
          resources:
            requests: { storage: 1Gi }`);

const FIELD_SAYS = `template "cache": spec.accessModes[0]: "RWO" is not supported; known are ReadOnlyMany, ReadWriteMany, ReadWriteOnce, ReadWriteOncePod`;
const NOT_CLOSED =
  "is not YAML: Flow map in block collection must be sufficiently indented and end with a }";

describe("in the full form render reports the place of", () => {
  const cases: readonly Omit<RejectedCase, "who">[] = [
    { name: "a field", text: FIELD, says: [FIELD_SAYS] },
    {
      name: "a field, with the line ends of Windows",
      text: FIELD.replaceAll("\n", "\r\n"),
      says: [FIELD_SAYS],
    },
    {
      name: "the parent of a missing field",
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
      name: "the annotation, if its text has other lines than the file",
      text: pod(`\
    »volume-claim-template/templates: '[{metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce],

      resources: {requests: {storage: x}}}}]'`),
      says: [
        `template "cache": spec.resources.requests.storage: "x" ${NO_QUANTITY}`,
      ],
    },
    {
      name: "the annotation and each field, if it is YAML and not a text",
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
      name: "the line that is not YAML, and no line of the text",
      text: pod(`\
    volume-claim-template/templates: |
      # from the StatefulSet
      - metadata: { name: cache }
        »metadata: { name: cache }
        spec: {}`),
      says: ["is not YAML: Map keys must be unique"],
    },
    {
      name: "the end of the text, and nothing below it, if something is missing there",
      text: pod(`\
    volume-claim-template/templates: |
      - metadata: { name: cache }
        spec: { accessModes: [ReadWriteOnce]»

    other: x`),
      says: [NOT_CLOSED],
    },
    {
      name: "the second document of a text",
      text: pod(`\
    volume-claim-template/templates: |
      - metadata: { name: cache }
      »---
      - metadata: { name: other }`),
      says: ["has several YAML documents; put all templates into one array"],
    },
    {
      name: "a line of the text, if the line of the file is not known",
      text: pod(`\
    »volume-claim-template/templates: "[\\n  {]"`),
      says: [
        `is not YAML: in its text, line 2, column 4: ${NOT_CLOSED.replace("is not YAML: ", "")}`,
      ],
    },
  ];
  itRejects(
    cases.map((one) => ({
      ...one,
      who: "Pod/web: annotation volume-claim-template/templates: ",
    })),
  );

  it("more than a thousand problems, and parses the annotation once", async () => {
    const templates = Array.from(
      { length: 128 },
      (_, index) => `\
      - metadata: { name: v${index}, labels: { "-a": "-", "-b": "-" } }
        spec: { accessModes: [RWO], storageClassName: -x, volumeName: -x, resources: { requests: { storage: x } } }`,
    );
    const text = pod(
      ["    volume-claim-template/templates: |", ...templates].join("\n"),
    );
    const before = process.cpuUsage();
    const { problems } = await renderFiles([{ file: "a.yaml", text }]);
    const { user, system } = process.cpuUsage(before);
    expect(problems).to.have.length.of.at.least(1_024);
    expect(new Set(problems.map(({ line }) => line)))
      .to.have.property("size")
      .at.least(2 * 128);
    // About 0.3 s, 1 s while coverage is counted; 15 s when each problem parsed the annotation again.
    expect((user + system) / 1_000).to.be.below(5_000);
  }).timeout(60_000);
});
