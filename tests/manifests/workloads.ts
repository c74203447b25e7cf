import type {
  KubernetesObject,
  V1PodTemplateSpec,
  V1Volume,
} from "@kubernetes/client-node";
import { aPod, cacheAnnotations, prefixed } from "../support/builders.ts";

/** Kinds whose Pod templates the policies read, each with its API group, version and resource. */
const RESOURCES = {
  Deployment: "apps/v1/deployments",
  StatefulSet: "apps/v1/statefulsets",
  DaemonSet: "apps/v1/daemonsets",
  ReplicaSet: "apps/v1/replicasets",
  Job: "batch/v1/jobs",
  CronJob: "batch/v1/cronjobs",
  "Knative Service": "serving.knative.dev/v1/services",
} as const;
export type WorkloadKind = keyof typeof RESOURCES;
export const WORKLOAD_KINDS = Object.keys(RESOURCES) as WorkloadKind[];

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

/** A correct template with these annotations, without their prefix, besides or instead of its own. */
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

/** A workload `probe` of this kind; a StatefulSet has claim templates of the names `ownClaims`, a Deployment has this strategy. */
export function aWorkload(
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  ownClaims: readonly string[] = [],
  strategy?: object,
): KubernetesObject {
  const [group, version] = RESOURCES[kind].split("/");
  const workload = {
    apiVersion: `${group}/${version}`,
    kind: kind === "Knative Service" ? "Service" : kind,
    metadata: { name: "probe" },
    spec: {
      ...specOf(kind, template, ownClaims),
      ...(strategy && { strategy }),
    },
  };
  return workload;
}

function specOf(
  kind: WorkloadKind,
  template: V1PodTemplateSpec,
  ownClaims: readonly string[],
): object {
  const selector = { matchLabels: { app: "probe" } };
  const once = {
    template: {
      ...template,
      spec: { ...template.spec, restartPolicy: "Never" },
    },
  };
  switch (kind) {
    case "Deployment":
    case "DaemonSet":
    case "ReplicaSet":
      return { selector, template };
    case "StatefulSet": {
      const spec = {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      };
      return {
        selector,
        template,
        serviceName: "probe",
        volumeClaimTemplates: ownClaims.map((name) => ({
          metadata: { name },
          spec,
        })),
      };
    }
    case "Job":
      return once;
    case "CronJob":
      return { schedule: "0 0 1 1 *", jobTemplate: { spec: once } };
    case "Knative Service":
      return { template };
    default:
      return kind satisfies never;
  }
}

/** Where workloads of this kind are created in a namespace. */
export function collectionOf(kind: WorkloadKind, namespace: string): string {
  const [group, version, resource] = RESOURCES[kind].split("/");
  return `/apis/${group}/${version}/namespaces/${namespace}/${resource}`;
}
