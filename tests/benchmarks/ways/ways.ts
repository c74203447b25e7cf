import type {
  V1DeploymentSpec,
  V1PersistentVolumeClaimSpec,
  V1PodSpec,
} from "@kubernetes/client-node";
import { reused } from "../../integration/reuse/reuse-suite.ts";
import { aPod, cacheAnnotations } from "../../support/builders.ts";

/**
 * What rewrites the volume of a Pod while it is created. It acts only in namespaces whose label `VOLUMES_FROM` names it, so that all
 * of them can be installed at once. Nothing rewrites the Pods of other namespaces.
 */
export type Rewriter =
  "function" | "bare-handler" | "no-op-webhook" | "policy" | "kyverno";

export const VOLUMES_FROM = "volumes-from";

/** One way for each Pod of a workload to get a volume of its own. */
export interface Way {
  /** Stays the same from run to run. */
  readonly name: string;
  readonly kind: "Deployment" | "StatefulSet" | "CloneSet";
  readonly rewriter?: Rewriter;
  /** Of the Pods. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The volume is a generic ephemeral volume. */
  readonly ephemeral?: true;
  /** Of a StatefulSet. */
  readonly podManagementPolicy?: "OrderedReady" | "Parallel";
  /** The claims of an earlier start are there. */
  readonly warm?: true;
}

export const REUSE: Way = {
  name: "retention Reuse, all sets free",
  kind: "Deployment",
  rewriter: "function",
  annotations: reused(),
  warm: true,
};

export const DELETE: Way = {
  name: "retention Delete",
  kind: "Deployment",
  rewriter: "function",
  annotations: cacheAnnotations,
};

/** Creates the same claims as the function, and checks nothing. */
export const BARE: Way = {
  name: "bare handler",
  kind: "Deployment",
  rewriter: "bare-handler",
  annotations: cacheAnnotations,
};

/** Its Pods stay on the emptyDir. */
export const NO_OP: Way = {
  name: "no-op webhook",
  kind: "Deployment",
  rewriter: "no-op-webhook",
  annotations: cacheAnnotations,
};

export const EPHEMERAL: Way = {
  name: "generic ephemeral volume",
  kind: "Deployment",
  ephemeral: true,
};

export const POLICY: Way = {
  name: "MutatingAdmissionPolicy",
  kind: "Deployment",
  rewriter: "policy",
  annotations: cacheAnnotations,
};

export const KYVERNO: Way = {
  name: "Kyverno",
  kind: "Deployment",
  rewriter: "kyverno",
  annotations: cacheAnnotations,
};

export const PARALLEL: Way = {
  name: "StatefulSet Parallel",
  kind: "StatefulSet",
  podManagementPolicy: "Parallel",
};

export const PARALLEL_AGAIN: Way = {
  name: "StatefulSet Parallel, its claims are there",
  kind: "StatefulSet",
  podManagementPolicy: "Parallel",
  warm: true,
};

export const ORDERED: Way = {
  name: "StatefulSet OrderedReady",
  kind: "StatefulSet",
  podManagementPolicy: "OrderedReady",
};

export const CLONE_SET: Way = {
  name: "OpenKruise CloneSet",
  kind: "CloneSet",
};

export const ALL_WAYS: readonly Way[] = [
  DELETE,
  BARE,
  NO_OP,
  EPHEMERAL,
  POLICY,
  PARALLEL,
  PARALLEL_AGAIN,
  ORDERED,
  KYVERNO,
  CLONE_SET,
  REUSE,
];

const claimSpec: V1PersistentVolumeClaimSpec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};

/** Of workloads that have claims themselves. */
const volumeClaimTemplates = [{ metadata: { name: "cache" }, spec: claimSpec }];

/** The name of each workload. */
export const NAME = "web";

/** The workload of a way, without Pods at first. */
export function workloadOf(way: Way, namespace: string) {
  const { kind, podManagementPolicy } = way;
  return {
    apiVersion: kind === "CloneSet" ? "apps.kruise.io/v1alpha1" : "apps/v1",
    kind,
    metadata: { name: NAME, namespace },
    spec: {
      ...specOf(way),
      ...(kind === "StatefulSet" && { serviceName: NAME }),
      ...(podManagementPolicy && { podManagementPolicy }),
      ...(kind !== "Deployment" && { volumeClaimTemplates }),
    },
  };
}

function specOf(way: Way): V1DeploymentSpec {
  return {
    replicas: 0,
    selector: { matchLabels: { app: NAME } },
    template: {
      metadata: { labels: { app: NAME }, annotations: { ...way.annotations } },
      spec: podSpecOf(way),
    },
  };
}

function podSpecOf({ ephemeral, kind }: Way): V1PodSpec {
  const spec = aPod().spec ?? { containers: [] };
  if (kind !== "Deployment") delete spec.volumes;
  if (ephemeral)
    spec.volumes = [
      {
        name: "cache",
        ephemeral: { volumeClaimTemplate: { spec: claimSpec } },
      },
    ];
  return spec;
}
