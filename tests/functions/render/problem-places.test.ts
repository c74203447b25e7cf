import { expect } from "chai";
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
