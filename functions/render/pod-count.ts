import { fieldsOf } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import type { PathStep } from "../pod/problem.ts";

/** How many Pods of a template there are, at the numbers that the manifest gives. */
export interface PodCount {
  /** Pods that run at once; for a DaemonSet on each node. */
  readonly running: number;
  /** Pods that there are when a Job has finished, and that hold their claims until it is deleted. */
  readonly kept: number;
  readonly perNode: boolean;
  /** Pods more than `running` while a new template rolls out; undefined for kinds of which that is not known here. */
  readonly surge: number | undefined;
}

/** Kinds whose Pods are replaced, if at all, one by one or only after the old Pod is gone. */
const WITHOUT_SURGE: ReadonlySet<string> = new Set([
  "Pod",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
]);

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge */
const DEFAULT_MAX_SURGE = "25%";

/** Counts the Pods of the template at `path` of `object`; those of an autoscaled or unknown kind without a number count as one. */
export function podCountOf(
  object: Fields,
  path: readonly PathStep[],
): PodCount {
  const kind = String(object["kind"]);
  const around = surroundings(object, path);
  const spec = around.at(-1) ?? {};
  if (kind === "Job" || kind === "CronJob") return jobCount(spec);
  if (kind === "DaemonSet")
    return { running: 1, kept: 1, perNode: true, surge: 0 };
  const replicas = numberOf(
    around.findLast((fields) => numberOf(fields["replicas"]) !== undefined)?.[
      "replicas"
    ],
  );
  const running = (replicas ?? 1) * groupSize(spec, path);
  const surge =
    kind === "Deployment"
      ? surgeOf(fieldsOf(spec["strategy"]), running)
      : WITHOUT_SURGE.has(kind)
        ? 0
        : undefined;
  return { running, kept: running, perNode: false, surge };
}

/** Everything that `path` leads through, the object first; the template itself is not among them. */
function surroundings(object: Fields, path: readonly PathStep[]): Fields[] {
  return path.map((_, index) =>
    fieldsOf(
      path
        .slice(0, index)
        .reduce<unknown>(
          (at, step) => (at as Readonly<Record<PathStep, unknown>>)[step],
          object,
        ),
    ),
  );
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#controlling-parallelism */
function jobCount(spec: Fields): PodCount {
  const parallelism = numberOf(spec["parallelism"]) ?? 1;
  const completions = numberOf(spec["completions"]) ?? parallelism;
  return {
    running: Math.min(parallelism, completions),
    kept: parallelism === 0 ? 0 : completions,
    perNode: false,
    surge: 0,
  };
}

function surgeOf({ type, rollingUpdate }: Fields, replicas: number): number {
  if (type === "Recreate") return 0;
  const surge = fieldsOf(rollingUpdate)["maxSurge"] ?? DEFAULT_MAX_SURGE;
  const percent =
    typeof surge === "string" ? /^(\d+)%$/.exec(surge)?.[1] : undefined;
  return percent === undefined
    ? (numberOf(surge) ?? 0)
    : Math.ceil((replicas * Number(percent)) / 100);
}

/** A replica of a LeaderWorkerSet is a leader with its workers: https://lws.sigs.k8s.io/docs/concepts/ */
function groupSize(
  { size, leaderTemplate }: Fields,
  path: readonly PathStep[],
): number {
  if (path.at(-2) !== "leaderWorkerTemplate") return 1;
  if (path.at(-1) === "leaderTemplate") return 1;
  return (numberOf(size) ?? 1) - (leaderTemplate ? 1 : 0);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : undefined;
}
