import { itCounts } from "./pod-count-cases.ts";

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
