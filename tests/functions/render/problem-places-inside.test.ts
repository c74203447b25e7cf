import { expect } from "chai";
import { marked } from "./marked-manifest.ts";
import { rendered } from "./rendered.ts";

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
