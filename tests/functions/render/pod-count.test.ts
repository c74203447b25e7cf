import { expect } from "chai";
import { parse } from "yaml";
import type { FieldError } from "../../../functions/field/field-error.ts";
import { podCountOf } from "../../../functions/render/pod-count.ts";
import type { PodCount } from "../../../functions/render/pod-count.ts";
import { ANNOTATIONS, itRejects, rendered } from "./rendered.ts";

/** An object, its Pods as `countText` writes them, and the path of the Pod template if it is not `spec.template`. */
type Row = readonly [object: string, count: string, path?: string];

/** `3 running, 5 kept, +1`: Pods at once, Pods when a Job has finished, Pods more during a rollout. Unknown numbers are `?`. */
function countText({ running, kept, surge, perNode }: PodCount): string {
  const numbers = [running, kept, surge].map((one) => one ?? "?");
  return `${numbers[0]} running, ${numbers[1]} kept, +${numbers[2]}${perNode ? ", on each node" : ""}`;
}

function itCounts(rows: readonly Row[]): void {
  for (const [object, count, path = "spec.template"] of rows)
    it(`${object} ${path === "spec.template" ? "" : `${path} `}as ${count}`, () => {
      const problems: FieldError[] = [];
      const steps = path
        .split(".")
        .filter((step) => step !== "")
        .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
      const counted = podCountOf(parse(`{ ${object} }`), steps, problems);
      expect(countText(counted)).to.equal(count);
      expect(problems).to.deep.equal([]);
    });
}

const UNKNOWN = "? running, ? kept, +?";

describe("render counts the Pods of", () => {
  itCounts([
    ["kind: Pod", "1 running, 1 kept, +0", ""],
    ["kind: Deployment", "1 running, 1 kept, +1"],
    // The default surge is 25 %, rounded up.
    ["kind: Deployment, spec: { replicas: 5 }", "5 running, 5 kept, +2"],
    ["kind: Deployment, spec: { replicas: 0 }", "0 running, 0 kept, +0"],
    [
      "kind: Deployment, spec: { replicas: null, strategy: { rollingUpdate: null } }",
      "1 running, 1 kept, +1",
    ],
    [
      "kind: Deployment, spec: { replicas: 5, strategy: { rollingUpdate: { maxSurge: 3 } } }",
      "5 running, 5 kept, +3",
    ],
    [
      "kind: Deployment, spec: { replicas: 10, strategy: { rollingUpdate: { maxSurge: 100% } } }",
      "10 running, 10 kept, +10",
    ],
    [
      "kind: Deployment, spec: { replicas: 5, strategy: { type: Recreate } }",
      "5 running, 5 kept, +0",
    ],
    ["kind: StatefulSet, spec: { replicas: 3 }", "3 running, 3 kept, +0"],
    ["kind: DaemonSet", "1 running, 1 kept, +0, on each node"],
  ]);
});

describe("render tells apart kinds of one name, and counts", () => {
  itCounts([
    [
      "apiVersion: apps/v1, kind: Deployment, spec: { replicas: 3 }",
      "3 running, 3 kept, +1",
    ],
    [
      "apiVersion: example.com/v1, kind: Deployment, spec: { replicas: 3 }",
      "3 running, 3 kept, +?",
    ],
    ["apiVersion: example.com/v1, kind: DaemonSet", UNKNOWN],
    [
      "apiVersion: apps.kruise.io/v1alpha1, kind: DaemonSet",
      "1 running, 1 kept, +?, on each node",
    ],
    [
      "apiVersion: serving.knative.dev/v1, kind: Service",
      "1 running, 1 kept, +?",
    ],
    ["apiVersion: serving.example.com/v1, kind: Service", UNKNOWN],
    [
      "apiVersion: batch/v1, kind: Job, spec: { replicas: 5 }",
      "1 running, 1 kept, +0",
    ],
    [
      "apiVersion: example.com/v1, kind: Job, spec: { completions: 10, parallelism: 3 }",
      "3 running, 10 kept, +?",
    ],
    ...[5, 2].map((replicas, index): Row => [
      "apiVersion: batch.volcano.sh/v1alpha1, kind: Job, spec: { minAvailable: 7, tasks: [{ replicas: 5 }, { replicas: 2 }] }",
      `${replicas} running, ${replicas} kept, +?`,
      `spec.tasks.${index}.template`,
    ]),
  ]);
});

describe("render counts the Pods of a kind that it does not know,", () => {
  itCounts([
    ["kind: Fleet, spec: { replicas: 4 }", "4 running, 4 kept, +?"],
    ["kind: Fleet", UNKNOWN],
    ...["{ min: 1 }", "auto", "[3]", "true", "-1", "2.5", "null"].map(
      (replicas): Row => [
        `kind: Fleet, spec: { replicas: ${replicas} }`,
        UNKNOWN,
      ],
    ),
    [
      "kind: Fleet, spec: { parallelism: auto, completions: { all: true } }",
      UNKNOWN,
    ],
    [
      "kind: SparkApplication, spec: { executor: { instances: 5 } }",
      UNKNOWN,
      "spec.executor.template",
    ],
    [
      "kind: Fleet, spec: { replicas: 2, leaderWorkerTemplate: { size: large } }",
      "2 running, 2 kept, +?",
      "spec.leaderWorkerTemplate.workerTemplate",
    ],
  ]);
});

describe("render counts the Pods of groups of workers,", () => {
  const group = "spec.workerGroupSpecs.0.template";
  const lws = "spec.leaderWorkerTemplate";
  itCounts([
    [
      "kind: RayCluster, spec: { workerGroupSpecs: [{ replicas: 3 }] }",
      "1 running, 1 kept, +?",
      "spec.headGroupSpec.template",
    ],
    [
      "kind: RayJob, spec: { rayClusterSpec: { workerGroupSpecs: [{ replicas: 3, numOfHosts: 2 }] } }",
      "6 running, 6 kept, +?",
      "spec.rayClusterSpec.workerGroupSpecs.0.template",
    ],
    [
      "kind: RayCluster, spec: { workerGroupSpecs: [{ minReplicas: 1 }] }",
      UNKNOWN,
      group,
    ],
    [
      "kind: RayCluster, spec: { replicas: 5, workerGroupSpecs: [{ replicas: 2 }] }",
      "2 running, 2 kept, +?",
      group,
    ],
    [
      "kind: RayCluster, spec: { replicas: 5, workerGroupSpecs: [{ replicas: null }] }",
      "5 running, 5 kept, +?",
      group,
    ],
    [
      "kind: LeaderWorkerSet, spec: { replicas: 2, leaderWorkerTemplate: { size: 4, leaderTemplate: {} } }",
      "6 running, 6 kept, +?",
      `${lws}.workerTemplate`,
    ],
    [
      "kind: LeaderWorkerSet, spec: { replicas: 2, leaderWorkerTemplate: { size: 4, leaderTemplate: {} } }",
      "2 running, 2 kept, +?",
      `${lws}.leaderTemplate`,
    ],
    // Without a template of its own, the leader is one of the workers.
    [
      "kind: LeaderWorkerSet, spec: { replicas: 2, leaderWorkerTemplate: { size: 4 } }",
      "8 running, 8 kept, +?",
      `${lws}.workerTemplate`,
    ],
  ]);
});

describe("render counts the Pods of Jobs,", () => {
  const jobSet = "spec.replicatedJobs.0.template.spec.template";
  itCounts([
    ["kind: Job", "1 running, 1 kept, +0"],
    [
      "kind: Job, spec: { completions: 10, parallelism: 3 }",
      "3 running, 10 kept, +0",
    ],
    [
      "kind: Job, spec: { completions: 2, parallelism: 5 }",
      "2 running, 2 kept, +0",
    ],
    ["kind: Job, spec: { parallelism: 4 }", "4 running, 4 kept, +0"],
    [
      "kind: Job, spec: { parallelism: 0, completions: 4 }",
      "0 running, 0 kept, +0",
    ],
    [
      "kind: Job, spec: { completions: null, parallelism: null }",
      "1 running, 1 kept, +0",
    ],
    [
      "kind: CronJob, spec: { jobTemplate: { spec: { completions: 2 } } }",
      "1 running, 2 kept, +0",
      "spec.jobTemplate.spec.template",
    ],
    [
      "kind: JobSet, spec: { replicatedJobs: [{ replicas: 2, template: { spec: { parallelism: 4, completions: 6 } } }] }",
      "8 running, 12 kept, +?",
      jobSet,
    ],
    [
      "kind: JobSet, spec: { replicatedJobs: [{ replicas: 2, template: { spec: { parallelism: 0, completions: 6 } } }] }",
      "0 running, 0 kept, +?",
      jobSet,
    ],
    [
      "kind: JobSet, spec: { replicatedJobs: [{ replicas: 2, template: { spec: {} } }] }",
      "2 running, 2 kept, +?",
      jobSet,
    ],
    [
      "kind: ScaledJob, spec: { jobTargetRef: { completions: 3, parallelism: 2 } }",
      "2 running, 3 kept, +?",
      "spec.jobTargetRef.template",
    ],
  ]);
});

/** An object with these lines of its spec beside an annotated Pod template. */
const workload = (kind: string, spec: string): string => `kind: ${kind}
metadata: { name: web }
spec:
${spec.replaceAll(/^/gm, "  ")}
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    spec:
      containers: [{ name: app }]
      volumes: [{ name: cache, emptyDir: {} }]
`;

const NO_COUNT = "is not a whole number from 0 to 2147483647";
const NO_SURGE = "is neither a whole number nor a percentage such as 25%";

describe("render rejects", () => {
  const rows: readonly (readonly [kind: string, spec: string, says: string])[] =
    [
      ["Deployment", "»replicas: -3", `spec.replicas: -3 ${NO_COUNT}`],
      ["ReplicaSet", '»replicas: "3"', `spec.replicas: "3" ${NO_COUNT}`],
      ["Rollout", "»replicas: yes", `spec.replicas: true ${NO_COUNT}`],
      ["RayCluster", "»replicas: {}", `spec.replicas: {} ${NO_COUNT}`],
      ["ScaledJob", "»parallelism: x", `spec.parallelism: "x" ${NO_COUNT}`],
      ["CronJob", "»completions: 0.5", `spec.completions: 0.5 ${NO_COUNT}`],
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
      ...['"many"', "-1"].map(
        (surge) =>
          [
            "Deployment",
            `strategy: { rollingUpdate: { »maxSurge: ${surge} } }`,
            `spec.strategy.rollingUpdate.maxSurge: ${surge} ${NO_SURGE}`,
          ] as const,
      ),
    ];
  itRejects(
    rows.map(([kind, spec, says]) => ({
      name: `in a ${kind} ${says}`,
      text: workload(kind, spec),
      who: `${kind}/web: `,
      says: [says],
    })),
  );

  it("all wrong numbers at once, with other problems", async () => {
    const { problems } = await rendered(
      workload("Job", "parallelism: a\ncompletions: b").replace(
        "emptyDir: {}",
        "hostPath: {}",
      ),
    );
    expect(problems).to.deep.equal([
      `a.yaml:4:3: Job/web: spec.parallelism: "a" ${NO_COUNT}`,
      `a.yaml:5:3: Job/web: spec.completions: "b" ${NO_COUNT}`,
      'a.yaml:10:17: Job/web spec.template: spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim',
    ]);
  });

  itRejects([
    {
      name: "a number once if several templates depend on it",
      text: `kind: LeaderWorkerSet
metadata: { name: web }
spec:
  »replicas: -1
  leaderWorkerTemplate:
    »size: 1.5
    leaderTemplate: &template
      metadata: { annotations: ${ANNOTATIONS} }
      spec:
        containers: [{ name: app }]
        volumes: [{ name: cache, emptyDir: {} }]
    workerTemplate: *template
`,
      who: "LeaderWorkerSet/web: ",
      says: [
        `spec.replicas: -1 ${NO_COUNT}`,
        `spec.leaderWorkerTemplate.size: 1.5 ${NO_COUNT}`,
      ],
    },
  ]);
});
