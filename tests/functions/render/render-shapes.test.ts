import { expect } from "chai";
import { marked } from "./marked-manifest.ts";
import { rendered } from "./rendered.ts";

const ANNOTATIONS =
  "{ volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }";
const SPEC =
  "{ containers: [{ name: app }], volumes: [{ name: cache, emptyDir: {} }] }";

const MISSING = "spec.containers is missing: it lists what the Pod runs";

describe("renderManifest refuses", () => {
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
