import type {
  KubernetesObject,
  V1PodTemplateSpec,
  V1Volume,
} from "@kubernetes/client-node";
import { aPod, cacheAnnotations, prefixed } from "../support/builders.ts";

/** Kinds whose Pod templates are looked at when they are applied. */
export const WORKLOAD_KINDS = [
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "Job",
  "CronJob",
  "Knative Service",
] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** A Pod template that mounts the emptyDir `cache`. */
export function aTemplate(
  annotations: Readonly<Record<string, string>> = cacheAnnotations,
  {
    volumes = [{ name: "cache", emptyDir: {} }],
    mounts = ["cache"],
    labels = {},
  }: {
    volumes?: V1Volume[];
    mounts?: readonly string[];
    labels?: Readonly<Record<string, string>>;
  } = {},
): V1PodTemplateSpec {
  const { spec } = aPod({ volumes, mounts });
  return {
    metadata: {
      labels: { app: "probe", ...labels },
      annotations: { ...annotations },
    },
    ...(spec && { spec }),
  };
}

/** A sound template with these annotations, without their prefix, on top or in place of its own. */
export function withAnnotations(
  over: Readonly<Record<string, string>>,
): V1PodTemplateSpec {
  return aTemplate({ ...cacheAnnotations, ...prefixed(over) });
}

/** A template with exactly these annotations of ours, given without their prefix. */
export function onlyAnnotations(
  all: Readonly<Record<string, string>>,
): V1PodTemplateSpec {
  return aTemplate(prefixed(all));
}

/** A workload `probe` of this kind that makes Pods from `template`; a StatefulSet with claims of its own for `ownClaims`. */
export function aWorkload(
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  ownClaims: readonly string[] = [],
): KubernetesObject {
  const metadata = { name: "probe" };
  const selector = { matchLabels: { app: "probe" } };
  const once = {
    ...template,
    spec: { ...template.spec, restartPolicy: "Never" },
  };
  switch (kind) {
    case "Deployment":
    case "DaemonSet":
    case "ReplicaSet":
      return make("apps/v1", kind, { selector, template });
    case "StatefulSet":
      return make("apps/v1", kind, {
        selector,
        template,
        serviceName: "probe",
        volumeClaimTemplates: ownClaims.map((name) => ({
          metadata: { name },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
        })),
      });
    case "Job":
      return make("batch/v1", kind, { template: once });
    case "CronJob":
      return make("batch/v1", kind, {
        schedule: "0 0 1 1 *",
        jobTemplate: { spec: { template: once } },
      });
    case "Knative Service":
      return make("serving.knative.dev/v1", "Service", { template });
    default:
      return kind satisfies never;
  }

  function make(apiVersion: string, ofKind: string, spec: object) {
    return { apiVersion, kind: ofKind, metadata, spec };
  }
}

/** Where workloads of this kind are created in a namespace. */
export function collectionOf(kind: WorkloadKind, namespace: string): string {
  const resources: Record<WorkloadKind, string> = {
    Deployment: "apps/v1/deployments",
    StatefulSet: "apps/v1/statefulsets",
    DaemonSet: "apps/v1/daemonsets",
    ReplicaSet: "apps/v1/replicasets",
    Job: "batch/v1/jobs",
    CronJob: "batch/v1/cronjobs",
    "Knative Service": "serving.knative.dev/v1/services",
  };
  const [group, version, resource] = resources[kind].split("/");
  return `/apis/${group}/${version}/namespaces/${namespace}/${resource}`;
}
