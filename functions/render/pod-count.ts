import {
  REUSE,
  TEMPLATE_MAX_SETS,
  TEMPLATE_ON_MISS,
  TEMPLATE_RETENTION,
  TEMPLATE_TEMPLATES,
  WAIT,
} from "../contract/keys.ts";
import { annotationError, annotationTextError } from "../field/field-error.ts";
import { fieldsOf, TEMPLATE_TEXT } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import type { Checked, FieldError } from "../field/field-error.ts";
import { valueAt } from "../field/path.ts";
import type { PathStep } from "../field/path.ts";
import { knownKindOf } from "./kinds.ts";
import type { KnownKind } from "./kinds.ts";

/** How many Pods of a template there are, by the numbers in the manifest. */
export interface PodCount {
  /** Pods that run at once; for a DaemonSet on each node. Undefined if neither render nor the manifest tells. */
  readonly running: number | undefined;
  /** Pods that exist when a Job has finished. They keep their claims until the Job is deleted. */
  readonly kept: number | undefined;
  readonly perNode: boolean;
  /** Pods more than `running` while a new template rolls out; undefined for kinds whose rollout render does not know. */
  readonly surge: number | undefined;
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge */
const DEFAULT_MAX_SURGE = "25%";

/**
 * Counts the Pods of the template at `path` of `object`. For a kind that render does not know, it uses `replicas` and the fields of a
 * Job if they are numbers, and reports no problem: such a kind may allow `replicas: auto`. The problems are numbers that a known kind
 * does not accept; their paths begin at the object.
 */
export function podCountOf(
  object: Fields,
  path: readonly PathStep[],
): Checked<PodCount> {
  const known = knownKindOf(object);
  const around = surroundings(object, path);
  const nearest = around.at(-1) ?? { path: [], fields: {} };
  if (known?.counts === "per-node") {
    const surge = known.surge === "none" ? 0 : undefined;
    return sound({ running: 1, kept: 1, perNode: true, surge });
  }
  if (known?.counts === "job") {
    const { value, problems } = jobCount(nearest, 1);
    return { value: { ...value, surge: 0 }, problems };
  }
  const counted = around.findLast(({ fields }) => fields["replicas"] != null);
  const replicas = counted ? numberIn(counted, "replicas") : sound(undefined);
  const ofJob = isJob(nearest);
  const count = ofJob
    ? jobCount(nearest, replicas.value ?? 1)
    : steady(podsOf(replicas.value, known?.counts, nearest, path));
  const surge =
    known?.surge === "max-surge" && !ofJob
      ? surgeOf(nearest, count.value.running ?? 1)
      : sound(ofJob ? undefined : known?.surge && 0);
  const problems = [...replicas.problems, ...count.problems, ...surge.problems];
  if (known === undefined && problems.length > 0)
    return sound({
      running: undefined,
      kept: undefined,
      perNode: false,
      surge: undefined,
    });
  return {
    value: { ...count.value, surge: surge.value },
    problems: known?.counts === "autoscaled" ? [] : problems,
  };
}

type Count = Omit<PodCount, "surge">;

function sound<T>(value: T): Checked<T> {
  return { value, problems: [] };
}

/** A count of Pods that do not finish. */
function steady({
  value,
  problems,
}: Checked<number | undefined>): Checked<Count> {
  return { value: { running: value, kept: value, perNode: false }, problems };
}

/** The Pods of this many replicas; undefined for a group without a number, which something else scales. */
function podsOf(
  replicas: number | undefined,
  counts: KnownKind["counts"] | undefined,
  nearest: Surrounding,
  path: readonly PathStep[],
): Checked<number | undefined> {
  if (counts === undefined) return sound(replicas);
  if (counts === "ray-groups") {
    if (path.includes("headGroupSpec")) return sound(1);
    const { value: hosts = 1, problems } = numberIn(nearest, "numOfHosts");
    return { value: replicas && replicas * hosts, problems };
  }
  if (counts !== "leader-and-workers") return sound(replicas ?? 1);
  const { value: size, problems } = groupSize(nearest, path);
  return { value: (replicas ?? 1) * size, problems };
}

/** True for a Job inside a JobSet or another kind: only Jobs have these fields. */
function isJob({ fields }: Surrounding): boolean {
  return ["parallelism", "completions"].some((field) => fields[field] != null);
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#controlling-parallelism */
function jobCount(spec: Surrounding, jobs: number): Checked<Count> {
  const atOnce = numberIn(spec, "parallelism");
  const inAll = numberIn(spec, "completions");
  const parallelism = atOnce.value ?? 1;
  const completions = inAll.value ?? parallelism;
  return {
    value: {
      running: jobs * Math.min(parallelism, completions),
      kept: parallelism === 0 ? 0 : jobs * completions,
      perNode: false,
    },
    problems: [...atOnce.problems, ...inAll.problems],
  };
}

function surgeOf(
  { path, fields }: Surrounding,
  replicas: number,
): Checked<number> {
  const { type, rollingUpdate } = fieldsOf(fields["strategy"]);
  if (type === "Recreate") return sound(0);
  const surge = fieldsOf(rollingUpdate)["maxSurge"] ?? DEFAULT_MAX_SURGE;
  if (isWholeNumber(surge)) return sound(surge);
  const percent =
    typeof surge === "string" ? /^(\d+)%$/.exec(surge)?.[1] : undefined;
  if (percent !== undefined)
    return sound(Math.ceil((replicas * Number(percent)) / 100));
  const problem: FieldError = {
    value: surge,
    detail: `is neither a whole number nor a percentage such as ${DEFAULT_MAX_SURGE}`,
    path: [...path, "strategy", "rollingUpdate", "maxSurge"],
  };
  return { value: 0, problems: [problem] };
}

/** A replica of a LeaderWorkerSet is a leader with its workers: https://lws.sigs.k8s.io/docs/concepts/ */
function groupSize(
  group: Surrounding,
  path: readonly PathStep[],
): Checked<number> {
  if (path.at(-2) !== "leaderWorkerTemplate") return sound(1);
  if (path.at(-1) === "leaderTemplate") return sound(1);
  const { value: size = 1, problems } = numberIn(group, "size");
  const leaders = group.fields["leaderTemplate"] ? 1 : 0;
  return { value: Math.max(size - leaders, 0), problems };
}

/** Numbers of Pods are an int32 in the API: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentSpec */
const MOST = 2 ** 31 - 1;

/** An object around a Pod template, with its path. */
interface Surrounding {
  readonly path: readonly PathStep[];
  readonly fields: Fields;
}

/** The objects that `path` leads through, the outermost first, without the one at its end. */
function surroundings(
  object: Fields,
  path: readonly PathStep[],
): Surrounding[] {
  return path.map((_, index) => {
    const way = path.slice(0, index);
    return { path: way, fields: fieldsOf(valueAt(object, way)) };
  });
}

/** The number in a field, if there is one. A value that Kubernetes does not accept is a problem, and counts as absent. */
function numberIn(
  { path, fields }: Surrounding,
  field: string,
): Checked<number | undefined> {
  const { [field]: value } = fields;
  if (value === undefined || value === null) return sound(undefined);
  if (isWholeNumber(value)) return sound(value);
  const problem: FieldError = {
    value,
    detail: isTemplate(value)
      ? TEMPLATE_TEXT
      : `is not a whole number from 0 to ${MOST}`,
    path: [...path, field],
  };
  return { value: undefined, problems: [problem] };
}

/** True for a quoted text that contains a template action, such as `"{{ .Values.replicas }}"`. */
function isTemplate(value: unknown): boolean {
  return typeof value === "string" && value.includes("{{");
}

function isWholeNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST;
}

/**
 * When the Pods of a new template come: beside the old ones, after them, or, for Jobs, in the next run. Undefined for a kind whose
 * rollout render does not know.
 */
export type Succession = "after" | "beside" | "next-run" | undefined;

/** The succession of the Pods of `object`. It does not depend on their number: a Deployment may be scaled up later. */
export function successionOf(object: Fields): Succession {
  const known = knownKindOf(object);
  if (known?.surge === undefined) return undefined;
  if (known.counts === "job") return "next-run";
  return known.surge === "max-surge" &&
    surges(fieldsOf(fieldsOf(object["spec"])["strategy"]))
    ? "beside"
    : "after";
}

/** True when a rollout has a surge. The default is 25%. */
function surges({ rollingUpdate, type }: Fields): boolean {
  const { maxSurge } = fieldsOf(rollingUpdate);
  return (
    type !== "Recreate" &&
    maxSurge !== 0 &&
    !(typeof maxSurge === "string" && /^0+%$/.test(maxSurge))
  );
}

/** The early-feedback policy has the same message. */
export const SURGES =
  "contradicts spec.strategy: a rollout starts one more Pod, on an empty disk beside the full ones; set spec.strategy.type: Recreate or spec.strategy.rollingUpdate.maxSurge: 0";

type Annotations = Readonly<Record<string, string>>;

/** Warns of Pods that wait for the claims of their predecessors, and come before those are gone. */
export function waitMeetsSurge(
  ofPod: Fields,
  ofClaims: readonly Annotations[],
  succession: Succession,
): FieldError[] {
  const isMeant =
    succession === "beside" &&
    ofClaims.some(
      (claim) =>
        claim[TEMPLATE_RETENTION] === REUSE &&
        claim[TEMPLATE_ON_MISS] === WAIT &&
        claim[TEMPLATE_MAX_SETS] === undefined,
    );
  if (!isMeant) return [];
  return [
    ofPod[TEMPLATE_ON_MISS] === undefined
      ? annotationTextError(
          TEMPLATE_TEMPLATES,
          `${TEMPLATE_ON_MISS}: ${WAIT} ${SURGES}`,
        )
      : annotationError(TEMPLATE_ON_MISS, SURGES, WAIT),
  ];
}
