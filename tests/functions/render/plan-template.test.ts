import { expect } from "chai";
import { marked } from "./marked-manifest.ts";
import { rendered } from "./rendered.ts";

const ANNOTATIONS =
  "{ volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }";
const SPEC =
  "{ containers: [{ name: app }], volumes: [{ name: cache, emptyDir: {} }] }";

const MISSING = "spec.containers is missing: it lists what the Pod runs";

describe("renderFiles refuses", () => {
  const cases: readonly {
    readonly name: string;
    /** Marked where the problem is. */
    readonly text: string;
    readonly says: string;
  }[] = [
    {
      name: "a Pod template without containers",
      text: `kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    »spec: { volumes: [{ name: cache, emptyDir: {} }] }
`,
      says: `Deployment/web spec.template: ${MISSING}`,
    },
    {
      name: "a Pod template whose containers are none",
      text: `kind: CronJob
metadata: { name: web }
spec:
  jobTemplate:
    spec:
      template:
        metadata: { annotations: ${ANNOTATIONS} }
        spec:
          »containers:
          volumes: [{ name: cache, emptyDir: {} }]
`,
      says: `CronJob/web spec.jobTemplate.spec.template: ${MISSING}`,
    },
    {
      name: "a Pod template without a spec",
      text: `kind: Deployment
metadata: { name: web }
spec:
  »template:
    metadata: { annotations: ${ANNOTATIONS} }
`,
      says: `Deployment/web spec.template: ${MISSING}`,
    },
    {
      name: "a Pod template whose containers are a map, whatever it is called",
      text: `kind: LeaderWorkerSet
metadata: { name: web }
spec:
  leaderWorkerTemplate:
    workerTemplate:
      metadata: { annotations: ${ANNOTATIONS} }
      spec:
        »containers: { name: app }
`,
      says: `LeaderWorkerSet/web spec.leaderWorkerTemplate.workerTemplate: spec.containers: {"name":"app"} is not a list`,
    },
    {
      name: "a Pod without containers",
      text: `kind: Pod
metadata: { name: web, annotations: ${ANNOTATIONS} }
»spec: { volumes: [{ name: cache, emptyDir: {} }] }
`,
      says: `Pod/web: ${MISSING}`,
    },
    {
      name: "an object without a kind",
      text: `»metadata: { name: w }
spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    spec: ${SPEC}
`,
      says: "w: kind is missing: it says what this is, such as Deployment",
    },
    {
      name: "an object with neither kind nor name",
      text: `»spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    spec: ${SPEC}
`,
      says: "object: kind is missing: it says what this is, such as Deployment",
    },
    {
      name: "an item without a kind, of a List that has none to give",
      text: `kind: List
items:
  - metadata: { name: a }
  - »metadata: { name: w }
    spec:
      template:
        metadata: { annotations: ${ANNOTATIONS} }
        spec: ${SPEC}
`,
      says: "w: kind is missing: it says what this is, such as Deployment",
    },
    {
      name: "an object whose kind is a number",
      text: `»kind: 3
metadata: { name: w }
spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    spec: ${SPEC}
`,
      says: "w: kind: 3 is not a text",
    },
  ];
  for (const { name, text: withMark, says } of cases)
    it(name, async () => {
      const { text, places } = marked(withMark);
      expect(await rendered(text)).to.deep.equal({
        renderings: [],
        problems: [`a.yaml:${places[0]}: ${says}`],
        warnings: [],
      });
    });

  it("an object without a kind that has our annotations in the wrong place only", async () => {
    const { problems } = await rendered(
      `metadata: { name: w, annotations: ${ANNOTATIONS} }\n`,
    );
    expect(problems).to.deep.equal([
      "a.yaml:1:1: w: kind is missing: it says what this is, such as Deployment",
    ]);
  });
});

/** A Deployment that gets a claim, with this text after `labels:` of its Pod template. */
const labelled = (labels: string, storage = "1Gi"): string => `kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata:
      »labels: ${labels}
      annotations:
        volume-claim-template/name: cache
        »volume-claim-template/storage: ${storage}
    spec:
      containers: [{ name: app }]
      »volumes: [{ name: cache, emptyDir: {} }]
`;

const WHO = "Deployment/web spec.template";

describe("the labels of a Pod template", () => {
  const refused: readonly (readonly [labels: string, quoted: string])[] = [
    ["foo", '"foo"'],
    ['""', '""'],
    ["[app, web]", '["app","web"]'],
    ["[]", "[]"],
    ["0", "0"],
    ["no", "false"],
  ];
  for (const [labels, quoted] of refused)
    it(`are refused where they are no map: ${labels}`, async () => {
      const { text, places } = marked(labelled(labels));
      expect(await rendered(text)).to.deep.equal({
        renderings: [],
        problems: [
          `a.yaml:${places[0]}: ${WHO}: metadata.labels: ${quoted} is not a map of texts`,
        ],
        warnings: [],
      });
    });

  it("are refused together with all else that is wrong", async () => {
    const { text, places } = marked(labelled("foo", "10"));
    const { problems } = await rendered(
      text.replace("name: cache,", "name: other,"),
    );
    expect(problems).to.deep.equal([
      `a.yaml:${places[0]}: ${WHO}: metadata.labels: "foo" is not a map of texts`,
      `a.yaml:${places[1]}: ${WHO}: annotation volume-claim-template/storage: 10 is a number, not a text; write it in quotes`,
      `a.yaml:${places[2]}: ${WHO}: volume "cache" is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
    ]);
  });

  const taken: readonly (readonly [labels: string, before: object])[] = [
    ["", {}],
    ["{}", {}],
    ["{ app: web }", { app: "web" }],
  ];
  for (const [labels, before] of taken)
    it(`are added to where they are a map or none: ${labels || "nothing"}`, async () => {
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

  it("are none of our business where nobody asks for claims", async () => {
    expect(
      await rendered(
        "kind: Deployment\nspec: { template: { metadata: { labels: foo }, spec: { containers: [] } } }\n",
      ),
    ).to.deep.equal({ renderings: [], problems: [], warnings: [] });
  });
});
