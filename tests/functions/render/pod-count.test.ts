import { itCounts } from "./pod-count-cases.ts";

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
      name: `one of a kind that nobody here has heard of where replicas are ${JSON.stringify(replicas)}`,
      object: { kind: "Fleet", spec: { replicas } },
      count: { running: 1, kept: 1, surge: undefined, perNode: false },
    })),
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
