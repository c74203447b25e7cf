import { expect } from "chai";
import { marked } from "./marked-manifest.ts";
import { rendered } from "./rendered.ts";

/** An object with these lines of its spec beside an annotated Pod template. */
const workload = (kind: string, spec: string): string => `kind: ${kind}
metadata: { name: web }
spec:
${spec.replaceAll(/^/gm, "  ")}
  template:
    metadata:
      annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
    spec:
      containers: [{ name: app }]
      volumes: [{ name: cache, emptyDir: {} }]
`;

const NO_COUNT = "is not a whole number from 0 to 2147483647";

describe("numbers of Pods", () => {
  const cases: readonly (readonly [
    kind: string,
    spec: string,
    says: string,
  ])[] = [
    ["Deployment", "»replicas: -3", `spec.replicas: -3 ${NO_COUNT}`],
    ["StatefulSet", "»replicas: 2.5", `spec.replicas: 2.5 ${NO_COUNT}`],
    ["ReplicaSet", '»replicas: "3"', `spec.replicas: "3" ${NO_COUNT}`],
    ["Rollout", "»replicas: yes", `spec.replicas: true ${NO_COUNT}`],
    ["CloneSet", "»replicas: [3]", `spec.replicas: [3] ${NO_COUNT}`],
    ["LeaderWorkerSet", "»replicas: all", `spec.replicas: "all" ${NO_COUNT}`],
    ["RayCluster", "»replicas: {}", `spec.replicas: {} ${NO_COUNT}`],
    ["JobSet", "»replicas: -1", `spec.replicas: -1 ${NO_COUNT}`],
    ["ScaledJob", "»parallelism: x", `spec.parallelism: "x" ${NO_COUNT}`],
    ["CronJob", "»completions: 0.5", `spec.completions: 0.5 ${NO_COUNT}`],
    ["ReplicationController", "»replicas: -7", `spec.replicas: -7 ${NO_COUNT}`],
    ["Deployment", "»replicas: 1e400", `spec.replicas: Infinity ${NO_COUNT}`],
    [
      "Deployment",
      "»replicas: 2147483648",
      `spec.replicas: 2147483648 ${NO_COUNT}`,
    ],
    [
      "Deployment",
      '»replicas: "{{ .Values.replicas }}"',
      'spec.replicas: "{{ .Values.replicas }}" is a template that nobody has filled in; render the chart first',
    ],
    ["Job", "»completions: -1", `spec.completions: -1 ${NO_COUNT}`],
    ["Job", "»parallelism: 1.5", `spec.parallelism: 1.5 ${NO_COUNT}`],
    [
      "Deployment",
      "strategy: { rollingUpdate: { »maxSurge: many } }",
      'spec.strategy.rollingUpdate.maxSurge: "many" is neither a whole number nor a percentage such as 25%',
    ],
    [
      "Deployment",
      "strategy: { rollingUpdate: { »maxSurge: -1 } }",
      "spec.strategy.rollingUpdate.maxSurge: -1 is neither a whole number nor a percentage such as 25%",
    ],
  ];
  for (const [kind, spec, says] of cases)
    it(`are refused: ${says}`, async () => {
      const { text, places } = marked(workload(kind, spec));
      const { problems, renderings } = await rendered(text);
      expect(problems).to.deep.equal([
        `a.yaml:${places[0]}: ${kind}/web: ${says}`,
      ]);
      expect(renderings).to.deep.equal([]);
    });

  it("are refused all at once, with what else is wrong", async () => {
    const { text, places } = marked(
      workload("Job", "»parallelism: a\n»completions: b"),
    );
    const { problems } = await rendered(
      text.replace("emptyDir: {}", "hostPath: {}"),
    );
    expect(problems).to.deep.equal([
      `a.yaml:${places[0]}: Job/web: spec.parallelism: "a" ${NO_COUNT}`,
      `a.yaml:${places[1]}: Job/web: spec.completions: "b" ${NO_COUNT}`,
      'a.yaml:11:17: Job/web spec.template: spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim',
    ]);
  });

  it("are refused once where several templates go by them", async () => {
    const { text, places } = marked(`kind: LeaderWorkerSet
metadata: { name: web }
spec:
  »replicas: -1
  leaderWorkerTemplate:
    »size: 1.5
    leaderTemplate: &template
      metadata:
        annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
      spec:
        containers: [{ name: app }]
        volumes: [{ name: cache, emptyDir: {} }]
    workerTemplate: *template
`);
    expect((await rendered(text)).problems).to.deep.equal([
      `a.yaml:${places[0]}: LeaderWorkerSet/web: spec.replicas: -1 ${NO_COUNT}`,
      `a.yaml:${places[1]}: LeaderWorkerSet/web: spec.leaderWorkerTemplate.size: 1.5 ${NO_COUNT}`,
    ]);
  });

  it("are none of our business where nobody asks for claims", async () => {
    expect(
      await rendered(
        "kind: Deployment\nspec: { replicas: -3, template: { spec: { containers: [] } } }\n",
      ),
    ).to.deep.equal({ renderings: [], problems: [], warnings: [] });
  });
});
