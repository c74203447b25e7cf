import { fieldsOf } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import { quoted } from "../pod/problem.ts";
import type { PathStep, Problem } from "../pod/problem.ts";
import { pathText } from "../pod/path-text.ts";
import { isWholeNumber, surroundings, wholeNumber } from "./whole-number.ts";
import type { Surrounding } from "./whole-number.ts";

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

/** Kinds that are known to count their Pods in whole numbers; others may write `replicas: auto`. */
const OF_WHOLE_NUMBERS: ReadonlySet<string> = new Set([
  "CloneSet",
  "CronJob",
  "Deployment",
  "Job",
  "JobSet",
  "LeaderWorkerSet",
  "RayCluster",
  "ReplicaSet",
  "ReplicationController",
  "Rollout",
  "ScaledJob",
  "StatefulSet",
]);

/** Kinds whose Pods are replaced, if at all, one by one or only after the old Pod is gone. */
const WITHOUT_SURGE: ReadonlySet<string> = new Set([
  "Pod",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
]);

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge */
const DEFAULT_MAX_SURGE = "25%";

/**
 * Counts the Pods of the template at `path` of `object`; those of an autoscaled or unknown kind without a number count as one.
 * Numbers that a known kind does not take go to `problems`, whose paths begin at the object.
 */
export function podCountOf(
  object: Fields,
  path: readonly PathStep[],
  problems: Problem[],
): PodCount {
  const kind = String(object["kind"]);
  const told = OF_WHOLE_NUMBERS.has(kind) ? problems : [];
  if (kind === "DaemonSet")
    return { running: 1, kept: 1, perNode: true, surge: 0 };
  const around = surroundings(object, path);
  const nearest = around.at(-1) ?? { path: [], fields: {} };
  if (kind === "Job" || kind === "CronJob")
    return { ...jobCount(nearest, 1, told), surge: 0 };

  const counted = around.findLast(({ fields }) => fields["replicas"] != null);
  const replicas = (counted && wholeNumber(counted, "replicas", told)) ?? 1;
  if (isJob(nearest))
    return { ...jobCount(nearest, replicas, told), surge: undefined };
  const running = replicas * groupSize(nearest, path, told);
  const surge =
    kind === "Deployment"
      ? surgeOf(nearest, running, told)
      : WITHOUT_SURGE.has(kind)
        ? 0
        : undefined;
  return { running, kept: running, perNode: false, surge };
}

/** What a JobSet or another kind has inside: only Jobs have these. */
function isJob({ fields }: Surrounding): boolean {
  return ["parallelism", "completions"].some((field) => fields[field] != null);
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#controlling-parallelism */
function jobCount(
  spec: Surrounding,
  jobs: number,
  problems: Problem[],
): Omit<PodCount, "surge"> {
  const parallelism = wholeNumber(spec, "parallelism", problems) ?? 1;
  const completions = wholeNumber(spec, "completions", problems) ?? parallelism;
  return {
    running: jobs * Math.min(parallelism, completions),
    kept: parallelism === 0 ? 0 : jobs * completions,
    perNode: false,
  };
}

function surgeOf(
  { path, fields }: Surrounding,
  replicas: number,
  problems: Problem[],
): number {
  const { type, rollingUpdate } = fieldsOf(fields["strategy"]);
  if (type === "Recreate") return 0;
  const surge = fieldsOf(rollingUpdate)["maxSurge"] ?? DEFAULT_MAX_SURGE;
  if (isWholeNumber(surge)) return surge;
  const percent =
    typeof surge === "string" ? /^(\d+)%$/.exec(surge)?.[1] : undefined;
  if (percent !== undefined)
    return Math.ceil((replicas * Number(percent)) / 100);
  const place = [...path, "strategy", "rollingUpdate", "maxSurge"];
  problems.push({
    message: `${pathText(place)}: ${quoted(surge)} is neither a whole number nor a percentage such as ${DEFAULT_MAX_SURGE}`,
    path: place,
  });
  return 0;
}

/** A replica of a LeaderWorkerSet is a leader with its workers: https://lws.sigs.k8s.io/docs/concepts/ */
function groupSize(
  group: Surrounding,
  path: readonly PathStep[],
  problems: Problem[],
): number {
  if (path.at(-2) !== "leaderWorkerTemplate") return 1;
  if (path.at(-1) === "leaderTemplate") return 1;
  const size = wholeNumber(group, "size", problems) ?? 1;
  return Math.max(size - (group.fields["leaderTemplate"] ? 1 : 0), 0);
}
