import { parseQuantity } from "../kubernetes/quantity.ts";
import {
  DEFAULT_RETENTION,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_NAME,
  TEMPLATE_RETENTION,
} from "../contract/keys.ts";
import type { PodCount } from "./pod-count.ts";
import type { RenderedClaim, Rendering } from "./render-manifest.ts";

/** One volume of one workload. Field names are kept stable for machines. */
export interface VolumeSummary {
  readonly workload: string;
  readonly namespace?: string;
  readonly volume: string;
  /** Absent for the cluster's default class; empty for no class. */
  readonly storageClass?: string;
  readonly size: string;
  readonly accessModes: readonly string[];
  readonly lifeCycle: string;
  /** Pods at once; null when it is not known. */
  readonly replicas: number | null;
  /** Claims held at these replicas; more than those for a Job whose finished Pods hold theirs. Null when that is not known. */
  readonly claims: number | null;
  /** Claims more than that during a rollout; null when it is not known. */
  readonly rolloutClaims: number | null;
  /** Of all claims, without those of a rollout; null when it is not known how many they are. */
  readonly storageBytes: number | null;
  readonly sizeBytes: number;
  /** True when the numbers are for each node. */
  readonly perNode: boolean;
}

/** What all volumes of one class ask for, as far as their claims can be counted; those on each node are counted apart. */
export interface ClassTotal {
  readonly storageClass?: string;
  readonly claims: number;
  readonly storageBytes: number;
  /** Claims and bytes while everything rolls out at once. */
  readonly rolloutClaims: number;
  readonly rolloutStorageBytes: number;
  readonly claimsPerNode: number;
  readonly storageBytesPerNode: number;
  /** Volumes that are in none of these numbers, since it is not known how many Pods have one. */
  readonly volumesNotCounted: number;
}

/** A line for every volume, in the order of the manifests. */
export function summarizeVolumes(
  renderings: readonly Rendering[],
): VolumeSummary[] {
  return renderings.flatMap(({ workload, namespace, templates }) =>
    templates.flatMap(({ claims, pods }) =>
      claims.map((claim) => ({
        workload,
        ...(namespace !== undefined && { namespace }),
        ...summaryOf(claim, pods),
      })),
    ),
  );
}

/** Sums, by storage class in the order of their first volume. */
export function totalsOf(volumes: readonly VolumeSummary[]): ClassTotal[] {
  return [...Map.groupBy(volumes, ({ storageClass }) => storageClass)].map(
    ([storageClass, ofClass]) => {
      const fixed = ofClass.filter(({ perNode }) => !perNode);
      const perNode = ofClass.filter((volume) => volume.perNode);
      const claims = sum(fixed, (volume) => volume.claims ?? 0);
      const storageBytes = sum(fixed, (volume) => volume.storageBytes ?? 0);
      return {
        ...(storageClass !== undefined && { storageClass }),
        claims,
        storageBytes,
        rolloutClaims:
          claims + sum(fixed, ({ rolloutClaims }) => rolloutClaims ?? 0),
        rolloutStorageBytes:
          storageBytes +
          sum(
            fixed,
            ({ rolloutClaims, sizeBytes }) => (rolloutClaims ?? 0) * sizeBytes,
          ),
        claimsPerNode: sum(perNode, (volume) => volume.claims ?? 0),
        storageBytesPerNode: sum(perNode, (volume) => volume.storageBytes ?? 0),
        volumesNotCounted: ofClass.filter(({ claims: count }) => count === null)
          .length,
      };
    },
  );
}

function summaryOf(
  { metadata, spec }: RenderedClaim,
  pods: PodCount,
): Omit<VolumeSummary, "workload" | "namespace"> {
  const size = spec.resources.requests.storage;
  const sizeBytes = parseQuantity(size) ?? 0;
  const claims =
    metadata.annotations[TEMPLATE_FINISHED_PODS] === "Release"
      ? pods.running
      : pods.kept;
  return {
    volume: metadata.labels[TEMPLATE_NAME] ?? "",
    ...(spec.storageClassName !== undefined && {
      storageClass: spec.storageClassName,
    }),
    size,
    accessModes: spec.accessModes,
    lifeCycle: lifeCycleText(metadata.annotations),
    replicas: pods.running ?? null,
    claims: claims ?? null,
    rolloutClaims: pods.surge ?? null,
    storageBytes: claims === undefined ? null : claims * sizeBytes,
    sizeBytes,
    perNode: pods.perNode,
  };
}

/** `Delete`, `Retain`, `Retain 7d`, `Delete, Release`. */
function lifeCycleText(annotations: Readonly<Record<string, string>>): string {
  const retention = annotations[TEMPLATE_RETENTION] ?? DEFAULT_RETENTION;
  const idleTtl = annotations[TEMPLATE_IDLE_TTL];
  const finishedPods = annotations[TEMPLATE_FINISHED_PODS];
  return [
    idleTtl === undefined ? retention : `${retention} ${idleTtl}`,
    ...(finishedPods === "Release" ? [finishedPods] : []),
  ].join(", ");
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
