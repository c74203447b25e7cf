import { expect } from "chai";
import { ANNOTATIONS, itRejects, marked, rendered } from "./rendered.ts";

const KEY = "annotation volume-claim-template";
const SPEC =
  "{ containers: [{ name: app }], volumes: [{ name: cache, emptyDir: {} }] }";
const NO_CONTAINERS = "spec.containers is missing: it lists what the Pod runs";
const NO_KIND = "kind is missing: it says what this is, such as Deployment";
const HOST_PATH =
  'spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim';
const DELET = `${KEY}/retention: "Delet" is not supported; known are Delete, Retain, Reuse`;

/** A Deployment with these lines in its annotated Pod template. */
const inTemplate = (lines: string): string => `kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    ${lines}
`;

/** A StatefulSet with these lines of annotations. It has templates of its own, the last one for the volume `data`. */
const claimsItself = (annotations: string, own: string): string =>
  `kind: StatefulSet
metadata: { name: db }
spec:
  template:
    metadata:
      annotations:
${annotations}
    spec:
      containers: [{ name: app, volumeMounts: [{ name: cache }, { name: data }] }]
  volumeClaimTemplates: [${own}{ metadata: { name: data } }]
`;

const CONTRADICTS =
  "from which the StatefulSet itself creates a claim for that volume; leave out the annotations or that template";

describe("render rejects", () => {
  const whole = `metadata: { name: w }
spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    spec: ${SPEC}
`;
  itRejects([
    {
      name: "a Pod template without containers",
      text: inTemplate("»spec: { volumes: [{ name: cache, emptyDir: {} }] }"),
      says: [`Deployment/web spec.template: ${NO_CONTAINERS}`],
    },
    {
      name: "a Pod template with a map for its containers, under any name",
      text: inTemplate("spec: { »containers: { name: app } }").replace(
        "template:",
        "worker:",
      ),
      says: [
        'Deployment/web spec.worker: spec.containers: {"name":"app"} is not a list',
      ],
    },
    {
      name: "a Pod without containers",
      text: `kind: Pod
metadata: { name: web, annotations: ${ANNOTATIONS} }
»spec: { volumes: [{ name: cache, emptyDir: {} }] }
`,
      says: [`Pod/web: ${NO_CONTAINERS}`],
    },
    {
      name: "an object without a kind",
      text: `»${whole}`,
      says: [`w: ${NO_KIND}`],
    },
    {
      name: "an item without a kind in a List of no kind",
      text: `kind: List
items:
  - metadata: { name: a }
  - »${whole.trimEnd().replaceAll("\n", "\n    ")}
`,
      says: [`w: ${NO_KIND}`],
    },
    {
      name: "the annotations of a volume that a StatefulSet has a claim for",
      text: claimsItself(
        `\
        »volume-claim-template/name: data
        volume-claim-template/storage: 1Gi
        »volume-claim-template/retention: Delet`,
        "",
      ),
      who: "StatefulSet/db spec.template: ",
      says: [
        `${KEY}/name: "data" contradicts spec.volumeClaimTemplates[0], ${CONTRADICTS}`,
        DELET,
      ],
    },
    {
      name: "a template of the full form for a volume that a StatefulSet has a claim for",
      text: claimsItself(
        `\
        »volume-claim-template/templates: |
          - metadata: { name: cache }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
          - metadata: { name: data }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }`,
        "{ spec: {} }, ",
      ),
      says: [
        `StatefulSet/db spec.template: ${KEY}/templates: template "data" contradicts spec.volumeClaimTemplates[1], ${CONTRADICTS}`,
      ],
    },
    {
      name: "annotations in the wrong place of an object without a kind",
      text: `»metadata: { name: w, annotations: ${ANNOTATIONS} }\n`,
      says: [`w: ${NO_KIND}`],
      warnings: [
        "a.yaml:1:37: w metadata.annotations: nothing reads volume-claim-template/name, volume-claim-template/storage here; annotations belong on the Pod template",
      ],
    },
  ]);
});

/** A Pod with these annotations, without their prefix, and these lines of its spec. */
const pod = (annotations: string, spec: string): string =>
  `kind: Pod
metadata:
  name: web
  annotations:
${annotations.replaceAll(/^/gm, "    volume-claim-template/")}
spec:
${spec.replaceAll(/^/gm, "  ")}
`.replaceAll("volume-claim-template/»", "»volume-claim-template/");

describe("render rejects at once", () => {
  itRejects(
    [
      {
        name: "a number for a text, an unknown value and a hostPath",
        text: pod(
          "name: cache\n»storage: 10\n»retention: Delet",
          "containers: [{ name: app }]\nvolumes: [»{ name: cache, hostPath: { path: /x } }]",
        ),
        says: [
          `${KEY}/storage: 10 is a number, not a text; write it in quotes`,
          DELET,
          HOST_PATH,
        ],
      },
      {
        name: "a text for a list, an item without a name and other problems",
        text: pod(
          "name: cache\n»storage: 10GB",
          `\
containers:
  - »volumeMounts: cache
volumes: [»{ name: cache, hostPath: { path: /x } }, »cache]`,
        ),
        says: [
          `${KEY}/storage: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M`,
          `spec.containers[0].volumeMounts: "cache" is not a list`,
          HOST_PATH,
          `spec.volumes[1]: "cache" has no name`,
        ],
      },
      {
        name: "every unreadable list and item, but not that no list has the volume",
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
        name: "what Kubernetes rejects in a Pod that has its claims already",
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
          NO_CONTAINERS,
        ],
      },
    ].map((one) => ({ ...one, who: "Pod/web: " })),
  );

  const quotes = "not a text; write it in quotes";
  const values: readonly (readonly [line: string, ...says: string[]])[] = [
    [
      "idle-ttl: 7",
      `7 is a number, ${quotes}`,
      `"7" is not a duration; write it like 36h or 7d`,
    ],
    [
      "finished-pods: yes",
      `true is a boolean, ${quotes}`,
      `"true" is not supported; known are Keep, Release`,
    ],
    [
      "storage:",
      'has no value; write "" for an empty text, or leave the key out',
      `"" is not a Kubernetes quantity; write it like 10Gi or 500M`,
    ],
    [
      "storage-class: [fast]",
      `["fast"] is ${quotes}`,
      `"[\\"fast\\"]" is not the name of a storage class`,
    ],
  ];
  for (const [line, ...says] of values)
    it(`both problems of ${line}`, async () => {
      const [key = ""] = line.split(":");
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
});

/** A Deployment that gets a claim, with this text after `labels:` of its Pod template. */
const labelled = (labels: string): string =>
  inTemplate(`spec: ${SPEC}`)
    .replace("{ annotations:", `\n      »labels: ${labels}\n      annotations:`)
    .replace("} }\n    spec", "}\n    spec");

describe("render reads the labels of a Pod template", () => {
  itRejects(
    (
      [
        ["foo", '"foo"'],
        ['""', '""'],
        ["[]", "[]"],
      ] as const
    ).map(([labels, quoted]) => ({
      name: `and rejects ${labels}`,
      text: labelled(labels),
      says: [
        `Deployment/web spec.template: metadata.labels: ${quoted} is not a map of texts`,
      ],
    })),
  );

  for (const [labels, before] of [
    ["", {}],
    ["{ app: web }", { app: "web" }],
  ] as const)
    it(`and adds the labels of the function to ${labels || "nothing"}`, async () => {
      const { renderings, problems } = await rendered(
        marked(labelled(labels)).text,
      );
      expect(problems).to.deep.equal([]);
      expect(renderings[0]?.object).to.have.deep.nested.property(
        "spec.template.metadata.labels",
        {
          ...before,
          "volume-claim/cache": "web-cache-<hash>",
          "volume-claim/name": "web-cache-<hash>",
        },
      );
    });

  it("and reports no labels, and no number of Pods, of an object without our annotations", async () => {
    expect(
      await rendered(
        "kind: Deployment\nspec: { replicas: -3, template: { metadata: { labels: foo }, spec: { containers: [] } } }\n",
      ),
    ).to.deep.equal({ renderings: [], problems: [], warnings: [] });
  });
});
