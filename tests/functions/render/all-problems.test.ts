import { expect } from "chai";
import { marked } from "./marked-manifest.ts";
import { rendered } from "./rendered.ts";

const KEY = "annotation volume-claim-template";

/** A Pod of which the annotations begin at the level of `name` and the spec at that of `containers`. */
const pod = (annotations: string, spec: string): string =>
  `kind: Pod
metadata:
  name: web
  annotations:
${annotations.replaceAll(/^/gm, "    volume-claim-template/")}
spec:
${spec.replaceAll(/^/gm, "  ")}
`.replaceAll("volume-claim-template/»", "»volume-claim-template/");

describe("all problems come at once:", () => {
  const cases: readonly {
    readonly name: string;
    /** Marked where the problems are. */
    readonly text: string;
    /** What is said at each mark. */
    readonly says: readonly string[];
  }[] = [
    {
      name: "a number for a text, a value that is not supported, and a volume of another type",
      text: pod(
        "name: cache\n»storage: 10\n»retention: Delet",
        `\
containers: [{ name: app, volumeMounts: [{ name: cache }] }]
volumes: [»{ name: cache, hostPath: { path: /x } }]`,
      ),
      says: [
        `${KEY}/storage: 10 is a number, not a text; write it in quotes`,
        `${KEY}/retention: "Delet" is not supported; known are Delete, Retain`,
        `spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim`,
      ],
    },
    {
      name: "a list that is none, an item that has no name, and what is wrong beside them",
      text: pod(
        "name: cache\n»storage: 10GB",
        `\
containers:
  - »volumeMounts: cache
volumes: [»cache, »{ name: cache, hostPath: { path: /x } }]`,
      ),
      says: [
        `${KEY}/storage: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M`,
        `spec.containers[0].volumeMounts: "cache" is not a list`,
        `spec.volumes[0]: "cache" has no name`,
        `spec.volumes[1] "cache" is of type hostPath; only an emptyDir can become a claim`,
      ],
    },
    {
      name: "what is in no list that can be read, but not that a volume is in none",
      text: pod(
        "name: cache\nstorage: 1Gi",
        `\
containers: [»app, »[app]]
volumes: [{ name: other }, »{ name: 1 }, »null]
»initContainers: { name: first }`,
      ),
      says: [
        `spec.containers[0]: "app" has no fields`,
        `spec.containers[1]: ["app"] has no fields`,
        `spec.volumes[1]: {"name":1} has the name 1, which is not a text; write it in quotes`,
        `spec.volumes[2]: null has no name`,
        `spec.initContainers: {"name":"first"} is not a list`,
      ],
    },
    {
      name: "what Kubernetes refuses of a Pod that has its claims already",
      text: `kind: Pod
metadata:
  name: web
  labels: { volume-claim/cache: claim }
  annotations:
    volume-claim-template/name: cache
    »volume-claim-template/storage: 10
»spec:
  volumes: [{ name: cache, persistentVolumeClaim: { claimName: claim } }]
`,
      says: [
        `${KEY}/storage: 10 is a number, not a text; write it in quotes`,
        "spec.containers is missing: it lists what the Pod runs",
      ],
    },
    {
      name: "an annotation that is of a StatefulSet's own volume, and one that is wrong",
      text: `kind: StatefulSet
metadata: { name: db }
spec:
  template:
    metadata:
      annotations:
        »volume-claim-template/name: data
        volume-claim-template/storage: 1Gi
        »volume-claim-template/retention: Delet
    spec:
      containers: [{ name: app, volumeMounts: [{ name: data }] }]
  volumeClaimTemplates: [{ metadata: { name: data } }]
`,
      says: [
        `${KEY}/name: "data" contradicts spec.volumeClaimTemplates[0], with which the StatefulSet makes that volume a claim of its own; leave out the annotations or that template`,
        `${KEY}/retention: "Delet" is not supported; known are Delete, Retain`,
      ],
    },
    {
      name: "a volume of another type beside a StatefulSet's own, once",
      text: `kind: StatefulSet
metadata: { name: db }
spec:
  template:
    metadata:
      annotations:
        volume-claim-template/name: cache
        volume-claim-template/storage: 1Gi
    spec:
      containers: [{ name: app, volumeMounts: [{ name: data }, { name: cache }] }]
      volumes: [»{ name: cache, hostPath: { path: /x } }]
  volumeClaimTemplates: [{ metadata: { name: data } }]
`,
      says: [
        `spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim`,
      ],
    },
  ];
  for (const { name, text: withMarks, says } of cases)
    it(name, async () => {
      const { text, places } = marked(withMarks);
      const { problems, renderings } = await rendered(text);
      const who = text.startsWith("kind: Pod")
        ? "Pod/web"
        : "StatefulSet/db spec.template";
      expect(problems).to.deep.equal(
        says.map((each, index) => `a.yaml:${places[index]}: ${who}: ${each}`),
      );
      expect(renderings).to.deep.equal([]);
    });

  const numbers: readonly (readonly [line: string, says: readonly string[]])[] =
    [
      [
        "idle-ttl: 7",
        [
          "7 is a number, not a text; write it in quotes",
          `"7" is not a duration; write it like 36h or 7d`,
        ],
      ],
      [
        "finished-pods: yes",
        [
          "true is a boolean, not a text; write it in quotes",
          `"true" is not supported; known are Keep, Release`,
        ],
      ],
      [
        "storage: 1e400",
        [
          "Infinity is a number, not a text; write it in quotes",
          `"Infinity" is not a Kubernetes quantity; write it like 10Gi or 500M`,
        ],
      ],
      [
        "storage:",
        [
          'has no value; write "" for an empty text, or leave the key out',
          `"" is not a Kubernetes quantity; write it like 10Gi or 500M`,
        ],
      ],
      [
        "storage-class: [fast]",
        [
          `["fast"] is not a text; write it in quotes`,
          `"[\\"fast\\"]" is not the name of a storage class`,
        ],
      ],
    ];
  for (const [line, says] of numbers) {
    const [key = ""] = line.split(":");
    it(`that ${line} is no text, and would not do as one`, async () => {
      const others = ["name: cache", "retention: Retain", "storage: 1Gi"];
      const annotations = others.filter((one) => !one.startsWith(`${key}:`));
      const { problems } = await rendered(
        pod(
          [...annotations, line].join("\n"),
          "containers: [{ volumeMounts: [{ name: cache }] }]",
        ),
      );
      expect(
        problems.map((each) => each.replace(/^a\.yaml:\d+:5: Pod\/web: /, "")),
      ).to.deep.equal(says.map((each) => `${KEY}/${key}: ${each}`));
    });
  }
});
