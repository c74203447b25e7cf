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
