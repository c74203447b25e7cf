import { expect } from "chai";
import { parse } from "yaml";
import { podCountOf } from "../../../functions/render/pod-count.ts";
import type { PodCount } from "../../../functions/render/pod-count.ts";
import { itReports } from "./rendered.ts";

/** `3 running, 5 kept, +1`: Pods at once, Pods when a Job has finished, Pods more during a rollout. Unknown numbers are `?`. */
function countText({ running, kept, surge, perNode }: PodCount): string {
  const numbers = [running, kept, surge].map((one) => one ?? "?");
  return `${numbers[0]} running, ${numbers[1]} kept, +${numbers[2]}${perNode ? ", on each node" : ""}`;
}

/** Lines of an object, its count, and the path of its Pod template if that is not `spec.template`. */
function itCounts(table: string): void {
  for (const line of table.trim().split("\n")) {
    const [object = "", count = "", path = "spec.template"] = line
      .split("|")
      .map((cell) => cell.trim());
    it(`${object}, ${path}: ${count}`, () => {
      const steps = path === "(itself)" ? [] : path.split(".").map(stepOf);
      const { problems, value } = podCountOf(parse(`{ ${object} }`), steps);
      expect(countText(value)).to.equal(count);
      expect(problems).to.deep.equal([]);
    });
  }
}

function stepOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

describe("render counts the Pods of", () => {
  // The default surge is 25 %, rounded up.
  itCounts(`
kind: Pod                                 | 1 running, 1 kept, +0 | (itself)
kind: Deployment                          | 1 running, 1 kept, +1
kind: Deployment, spec: { replicas: 5 }   | 5 running, 5 kept, +2
kind: Deployment, spec: { replicas: 0 }   | 0 running, 0 kept, +0
kind: Deployment, spec: { replicas: null, strategy: { rollingUpdate: null } }          | 1 running, 1 kept, +1
kind: Deployment, spec: { replicas: 5, strategy: { rollingUpdate: { maxSurge: 3 } } }  | 5 running, 5 kept, +3
kind: Deployment, spec: { replicas: 6, strategy: { rollingUpdate: { maxSurge: 50% } } } | 6 running, 6 kept, +3
kind: Deployment, spec: { replicas: 5, strategy: { type: Recreate } }                  | 5 running, 5 kept, +0
kind: StatefulSet, spec: { replicas: 3 }  | 3 running, 3 kept, +0
kind: DaemonSet                           | 1 running, 1 kept, +0, on each node
`);
});

describe("render tells apart kinds of one name", () => {
  itCounts(`
apiVersion: apps/v1, kind: Deployment, spec: { replicas: 3 }         | 3 running, 3 kept, +1
apiVersion: example.com/v1, kind: Deployment, spec: { replicas: 3 }  | 3 running, 3 kept, +?
apiVersion: example.com/v1, kind: DaemonSet                          | ? running, ? kept, +?
apiVersion: apps.kruise.io/v1alpha1, kind: DaemonSet                 | 1 running, 1 kept, +?, on each node
apiVersion: serving.knative.dev/v1, kind: Service                    | 1 running, 1 kept, +?
apiVersion: serving.knative.dev/v1, kind: Service, spec: { replicas: auto } | 1 running, 1 kept, +?
apiVersion: serving.example.com/v1, kind: Service                    | ? running, ? kept, +?
apiVersion: batch/v1, kind: Job, spec: { replicas: 5 }               | 1 running, 1 kept, +0
apiVersion: example.com/v1, kind: Job, spec: { completions: 10, parallelism: 3 }                   | 3 running, 10 kept, +?
apiVersion: batch.volcano.sh/v1alpha1, kind: Job, spec: { tasks: [{ replicas: 5 }, { replicas: 2 }] } | 5 running, 5 kept, +? | spec.tasks.0.template
apiVersion: batch.volcano.sh/v1alpha1, kind: Job, spec: { tasks: [{ replicas: 5 }, { replicas: 2 }] } | 2 running, 2 kept, +? | spec.tasks.1.template
`);
});

describe("render counts the Pods of a kind that it does not know", () => {
  itCounts(`
kind: Fleet                                   | ? running, ? kept, +?
kind: Fleet, spec: { replicas: 4 }            | 4 running, 4 kept, +?
kind: Fleet, spec: { replicas: { min: 1 } }   | ? running, ? kept, +?
kind: Fleet, spec: { replicas: auto }         | ? running, ? kept, +?
kind: Fleet, spec: { replicas: [3] }          | ? running, ? kept, +?
kind: Fleet, spec: { replicas: true }         | ? running, ? kept, +?
kind: Fleet, spec: { replicas: -1 }           | ? running, ? kept, +?
kind: Fleet, spec: { replicas: 2.5 }          | ? running, ? kept, +?
kind: Fleet, spec: { replicas: null }         | ? running, ? kept, +?
kind: Fleet, spec: { parallelism: auto, completions: { all: true } }        | ? running, ? kept, +?
kind: Fleet, spec: { executor: { instances: 5 } }                           | ? running, ? kept, +? | spec.executor.template
kind: Fleet, spec: { replicas: 2, leaderWorkerTemplate: { size: large } }   | 2 running, 2 kept, +? | spec.leaderWorkerTemplate.workerTemplate
`);
});

describe("render counts the Pods of groups of workers", () => {
  // Without a template of its own, the leader is one of the workers.
  itCounts(`
kind: RayCluster, spec: { workerGroupSpecs: [{ replicas: 3 }] }                  | 1 running, 1 kept, +? | spec.headGroupSpec.template
kind: RayCluster, spec: { workerGroupSpecs: [{ replicas: 3, numOfHosts: 2 }] }   | 6 running, 6 kept, +? | spec.workerGroupSpecs.0.template
kind: RayCluster, spec: { workerGroupSpecs: [{ minReplicas: 1 }] }               | ? running, ? kept, +? | spec.workerGroupSpecs.0.template
kind: RayCluster, spec: { replicas: 5, workerGroupSpecs: [{ replicas: 2 }] }     | 2 running, 2 kept, +? | spec.workerGroupSpecs.0.template
kind: RayCluster, spec: { replicas: 5, workerGroupSpecs: [{ replicas: null }] }  | 5 running, 5 kept, +? | spec.workerGroupSpecs.0.template
kind: LeaderWorkerSet, spec: { replicas: 2, leaderWorkerTemplate: { size: 4, leaderTemplate: {} } }  | 6 running, 6 kept, +? | spec.leaderWorkerTemplate.workerTemplate
kind: LeaderWorkerSet, spec: { replicas: 2, leaderWorkerTemplate: { size: 4, leaderTemplate: {} } }  | 2 running, 2 kept, +? | spec.leaderWorkerTemplate.leaderTemplate
kind: LeaderWorkerSet, spec: { replicas: 2, leaderWorkerTemplate: { size: 4 } }  | 8 running, 8 kept, +? | spec.leaderWorkerTemplate.workerTemplate
`);
});

describe("render counts the Pods of Jobs", () => {
  itCounts(`
kind: Job                                                      | 1 running, 1 kept, +0
kind: Job, spec: { completions: 10, parallelism: 3 }           | 3 running, 10 kept, +0
kind: Job, spec: { completions: 2, parallelism: 5 }            | 2 running, 2 kept, +0
kind: Job, spec: { parallelism: 4 }                            | 4 running, 4 kept, +0
kind: Job, spec: { parallelism: 0, completions: 4 }            | 0 running, 0 kept, +0
kind: Job, spec: { completions: null, parallelism: null }      | 1 running, 1 kept, +0
kind: CronJob, spec: { jobTemplate: { spec: { completions: 2 } } }          | 1 running, 2 kept, +0 | spec.jobTemplate.spec.template
kind: ScaledJob, spec: { jobTargetRef: { completions: 3, parallelism: 2 } } | 2 running, 3 kept, +? | spec.jobTargetRef.template
kind: JobSet, spec: { jobs: [{ replicas: 2, template: { spec: { parallelism: 4, completions: 6 } } }] } | 8 running, 12 kept, +? | spec.jobs.0.template.spec.template
kind: JobSet, spec: { jobs: [{ replicas: 2, template: { spec: { parallelism: 0, completions: 6 } } }] } | 0 running, 0 kept, +? | spec.jobs.0.template.spec.template
kind: JobSet, spec: { jobs: [{ replicas: 2, template: { spec: {} } }] }     | 2 running, 2 kept, +? | spec.jobs.0.template.spec.template
`);
});

describe("render rejects the count of", () => {
  itReports("render rejects the count of");
});
