import { expect } from "chai";
import type { FieldError } from "../../../functions/field/field-error.ts";
import { podCountOf } from "../../../functions/render/pod-count.ts";
import type { PodCount } from "../../../functions/render/pod-count.ts";

/** An object, the way to its Pod template, and what is to be counted of its Pods. */
interface PodCountCase {
  readonly name: string;
  readonly object: Readonly<Record<string, unknown>>;
  /** `spec.template` by default. */
  readonly path?: readonly (string | number)[];
  /** Only what is named here is compared. */
  readonly count: Partial<PodCount>;
}

/** A test for each case: it is counted, and nothing is wrong with it. */
function itCounts(cases: readonly PodCountCase[]): void {
  for (const { name, object, path = ["spec", "template"], count } of cases)
    it(`counts ${name}`, () => {
      const problems: FieldError[] = [];
      expect(podCountOf(object, path, problems)).to.include(count);
      expect(problems).to.deep.equal([]);
    });
}

describe("podCountOf", () => {
  itCounts([
    {
      name: "a Pod",
      object: { kind: "Pod" },
      path: [],
      count: { running: 1, kept: 1, surge: 0, perNode: false },
    },
    {
      name: "a Deployment without a number",
      object: { kind: "Deployment", spec: {} },
      count: { running: 1, surge: 1 },
    },
    {
      name: "a Deployment with the default surge, rounded up",
      object: { kind: "Deployment", spec: { replicas: 5 } },
      count: { running: 5, kept: 5, surge: 2 },
    },
    {
      name: "a Deployment with a number for its surge",
      object: {
        kind: "Deployment",
        spec: { replicas: 5, strategy: { rollingUpdate: { maxSurge: 3 } } },
      },
      count: { running: 5, surge: 3 },
    },
    {
      name: "a Deployment with a percentage for its surge",
      object: {
        kind: "Deployment",
        spec: {
          replicas: 10,
          strategy: { rollingUpdate: { maxSurge: "100%" } },
        },
      },
      count: { running: 10, surge: 10 },
    },
    {
      name: "a Deployment that recreates its Pods",
      object: {
        kind: "Deployment",
        spec: { replicas: 5, strategy: { type: "Recreate" } },
      },
      count: { running: 5, surge: 0 },
    },
    {
      name: "a Deployment scaled to zero",
      object: { kind: "Deployment", spec: { replicas: 0 } },
      count: { running: 0, kept: 0, surge: 0 },
    },
    {
      name: "a StatefulSet",
      object: { kind: "StatefulSet", spec: { replicas: 3 } },
      count: { running: 3, surge: 0 },
    },
    {
      name: "a DaemonSet",
      object: { kind: "DaemonSet", spec: {} },
      count: { running: 1, kept: 1, perNode: true },
    },
    {
      name: "what is null as what is not there",
      object: {
        kind: "Deployment",
        spec: { replicas: null, strategy: { rollingUpdate: null } },
      },
      count: { running: 1, surge: 1 },
    },
    {
      name: "a kind with replicas that nobody here has heard of",
      object: { kind: "Fleet", spec: { replicas: 4 } },
      count: { running: 4, surge: undefined },
    },
    ...[{ min: 1, max: 3 }, "auto", [3], true, -1, 2.5].map((replicas) => ({
      name: `no Pods for certain of a kind that nobody here has heard of where replicas are ${JSON.stringify(replicas)}`,
      object: { kind: "Fleet", spec: { replicas } },
      count: {
        running: undefined,
        kept: undefined,
        surge: undefined,
        perNode: false,
      },
    })),
    ...[undefined, null].map((replicas) => ({
      name: `no Pods for certain of a kind that nobody here has heard of where replicas are ${replicas}`,
      object: {
        apiVersion: "example.com/v1",
        kind: "Fleet",
        spec: { replicas },
      },
      count: { running: undefined, kept: undefined },
    })),
    {
      name: "no Pods for certain of what an operator of Spark runs",
      object: {
        apiVersion: "sparkoperator.k8s.io/v1beta2",
        kind: "SparkApplication",
        spec: { executor: { instances: 5 } },
      },
      path: ["spec", "executor", "template"],
      count: { running: undefined },
    },
    ...[
      ["apps/v1", 3, 1],
      ["extensions.example.com/v1", 3, undefined],
    ].map(([apiVersion, running, surge]) => ({
      name: `a Deployment of ${apiVersion}, whose rollout is known for the group apps alone`,
      object: { apiVersion, kind: "Deployment", spec: { replicas: 3 } },
      count: { running: running as number, surge: surge as number | undefined },
    })),
    {
      name: "no Pods for certain of a DaemonSet of another group",
      object: { apiVersion: "example.com/v1", kind: "DaemonSet", spec: {} },
      count: { running: undefined, perNode: false },
    },
    {
      name: "a DaemonSet of OpenKruise on each node",
      object: { apiVersion: "apps.kruise.io/v1alpha1", kind: "DaemonSet" },
      count: { running: 1, perNode: true, surge: undefined },
    },
    {
      name: "a Knative Service as one Pod",
      object: { apiVersion: "serving.knative.dev/v1", kind: "Service" },
      count: { running: 1 },
    },
    {
      name: "no Pods for certain of a Service of another group",
      object: { apiVersion: "serving.example.com/v1", kind: "Service" },
      count: { running: undefined },
    },
    {
      name: "the head of a RayCluster",
      object: {
        apiVersion: "ray.io/v1",
        kind: "RayCluster",
        spec: { workerGroupSpecs: [{ replicas: 3 }] },
      },
      path: ["spec", "headGroupSpec", "template"],
      count: { running: 1 },
    },
    {
      name: "the hosts of the workers of a RayJob",
      object: {
        apiVersion: "ray.io/v1",
        kind: "RayJob",
        spec: {
          rayClusterSpec: {
            workerGroupSpecs: [{ replicas: 3, numOfHosts: 2 }],
          },
        },
      },
      path: ["spec", "rayClusterSpec", "workerGroupSpecs", 0, "template"],
      count: { running: 6 },
    },
    {
      name: "no Pods for certain of a group of workers that is autoscaled",
      object: {
        apiVersion: "ray.io/v1",
        kind: "RayCluster",
        spec: { workerGroupSpecs: [{ minReplicas: 1 }] },
      },
      path: ["spec", "workerGroupSpecs", 0, "template"],
      count: { running: undefined },
    },
    {
      name: "the workers of a group that is sized in another way",
      object: {
        kind: "Fleet",
        spec: { replicas: 2, leaderWorkerTemplate: { size: "large" } },
      },
      path: ["spec", "leaderWorkerTemplate", "workerTemplate"],
      count: { running: 2, surge: undefined },
    },
    {
      name: "a kind that is autoscaled",
      object: { kind: "Service", spec: { template: {} } },
      count: { running: 1, surge: undefined },
    },
    {
      name: "a group of workers with a number of its own",
      object: {
        kind: "RayCluster",
        spec: {
          replicas: 5,
          workerGroupSpecs: [{ replicas: 2 }, { replicas: 7 }],
        },
      },
      path: ["spec", "workerGroupSpecs", 1, "template"],
      count: { running: 7 },
    },
    {
      name: "a group of workers without a number of its own",
      object: {
        kind: "RayCluster",
        spec: { replicas: 5, workerGroupSpecs: [{ replicas: null }] },
      },
      path: ["spec", "workerGroupSpecs", 0, "template"],
      count: { running: 5 },
    },
    {
      name: "the workers of a LeaderWorkerSet",
      object: {
        kind: "LeaderWorkerSet",
        spec: {
          replicas: 2,
          leaderWorkerTemplate: { size: 4, leaderTemplate: {} },
        },
      },
      path: ["spec", "leaderWorkerTemplate", "workerTemplate"],
      count: { running: 6 },
    },
    {
      name: "the leaders of a LeaderWorkerSet",
      object: {
        kind: "LeaderWorkerSet",
        spec: {
          replicas: 2,
          leaderWorkerTemplate: { size: 4, leaderTemplate: {} },
        },
      },
      path: ["spec", "leaderWorkerTemplate", "leaderTemplate"],
      count: { running: 2 },
    },
    {
      name: "a LeaderWorkerSet whose leaders are workers",
      object: {
        kind: "LeaderWorkerSet",
        spec: { replicas: 2, leaderWorkerTemplate: { size: 4 } },
      },
      path: ["spec", "leaderWorkerTemplate", "workerTemplate"],
      count: { running: 8 },
    },
  ]);
});

/** The way to the Pod template of one of a JobSet's Jobs. */
const inJobSet = (index: number): readonly (string | number)[] => [
  "spec",
  "replicatedJobs",
  index,
  "template",
  "spec",
  "template",
];

describe("podCountOf, of Jobs,", () => {
  itCounts([
    {
      name: "a Job without numbers",
      object: { kind: "Job", spec: {} },
      count: { running: 1, kept: 1, surge: 0 },
    },
    {
      name: "a Job with more completions than Pods at once",
      object: { kind: "Job", spec: { completions: 10, parallelism: 3 } },
      count: { running: 3, kept: 10 },
    },
    {
      name: "a Job with fewer completions than Pods at once",
      object: { kind: "Job", spec: { completions: 2, parallelism: 5 } },
      count: { running: 2, kept: 2 },
    },
    {
      name: "a Job that works off a queue",
      object: { kind: "Job", spec: { parallelism: 4 } },
      count: { running: 4, kept: 4 },
    },
    {
      name: "a Job that is held at zero",
      object: { kind: "Job", spec: { parallelism: 0, completions: 4 } },
      count: { running: 0, kept: 0 },
    },
    {
      name: "a Job whose numbers are null",
      object: { kind: "Job", spec: { completions: null, parallelism: null } },
      count: { running: 1, kept: 1 },
    },
    {
      name: "one run of a CronJob",
      object: {
        kind: "CronJob",
        spec: { jobTemplate: { spec: { completions: 2 } } },
      },
      path: ["spec", "jobTemplate", "spec", "template"],
      count: { running: 1, kept: 2 },
    },
    {
      name: "the Jobs of a JobSet",
      object: {
        kind: "JobSet",
        spec: {
          replicatedJobs: [
            { replicas: 7 },
            {
              replicas: 2,
              template: { spec: { parallelism: 4, completions: 6 } },
            },
          ],
        },
      },
      path: inJobSet(1),
      count: { running: 8, kept: 12, surge: undefined, perNode: false },
    },
    {
      name: "the Jobs of a JobSet that is held at zero",
      object: {
        kind: "JobSet",
        spec: {
          replicatedJobs: [
            {
              replicas: 2,
              template: { spec: { parallelism: 0, completions: 6 } },
            },
          ],
        },
      },
      path: inJobSet(0),
      count: { running: 0, kept: 0 },
    },
    {
      name: "the Jobs of a JobSet that run one Pod each",
      object: {
        kind: "JobSet",
        spec: { replicatedJobs: [{ replicas: 2, template: { spec: {} } }] },
      },
      path: inJobSet(0),
      count: { running: 2, kept: 2 },
    },
    {
      name: "one Job of a kind that makes them when there is work",
      object: {
        kind: "ScaledJob",
        spec: { jobTargetRef: { completions: 3, parallelism: 2 } },
      },
      path: ["spec", "jobTargetRef", "template"],
      count: { running: 2, kept: 3, surge: undefined },
    },
    {
      name: "the tasks of a Job of Volcano, each with its number",
      object: {
        apiVersion: "batch.volcano.sh/v1alpha1",
        kind: "Job",
        spec: { minAvailable: 7, tasks: [{ replicas: 5 }, { replicas: 2 }] },
      },
      path: ["spec", "tasks", 0, "template"],
      count: { running: 5, kept: 5, surge: undefined, perNode: false },
    },
    {
      name: "the second task of a Job of Volcano",
      object: {
        apiVersion: "batch.volcano.sh/v1alpha1",
        kind: "Job",
        spec: { minAvailable: 7, tasks: [{ replicas: 5 }, { replicas: 2 }] },
      },
      path: ["spec", "tasks", 1, "template"],
      count: { running: 2, kept: 2 },
    },
    {
      name: "a Job of another group that has the numbers of one",
      object: {
        apiVersion: "example.com/v1",
        kind: "Job",
        spec: { completions: 10, parallelism: 3 },
      },
      count: { running: 3, kept: 10, surge: undefined },
    },
    {
      name: "a Job of the group batch, whatever else it has",
      object: { apiVersion: "batch/v1", kind: "Job", spec: { replicas: 5 } },
      count: { running: 1, kept: 1, surge: 0 },
    },
    {
      name: "no Pods for certain of a kind that says in another way how many there are",
      object: {
        kind: "Fleet",
        spec: { parallelism: "auto", completions: { all: true } },
      },
      count: { running: undefined, kept: undefined, surge: undefined },
    },
  ]);
});
