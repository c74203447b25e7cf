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
import type { FieldError } from "../field/field-error.ts";
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
 * Job if they are numbers, and reports no problem: such a kind may allow `replicas: auto`. Numbers that a known kind does not
 * accept go to `problems`, whose paths begin at the object.
 */
export function podCountOf(
  object: Fields,
  path: readonly PathStep[],
  problems: FieldError[],
): PodCount {
  const known = knownKindOf(object);
  const around = surroundings(object, path);
  if (known === undefined) return countOfUnknown(around);
  if (known.counts === "per-node")
    return {
      running: 1,
      kept: 1,
      perNode: true,
      surge: known.surge === "none" ? 0 : undefined,
    };
  const nearest = around.at(-1) ?? { path: [], fields: {} };
  if (known.counts === "job")
    return { ...jobCount(nearest, 1, problems), surge: 0 };

  const told = known.counts === "autoscaled" ? [] : problems;
  const counted = nearestReplicas(around);
  const given = counted && wholeNumber(counted, "replicas", told);
  if (isJob(nearest))
    return { ...jobCount(nearest, given ?? 1, told), surge: undefined };
  const running = podsOf(given, known.counts, { nearest, path }, told);
  return {
    running,
    kept: running,
    perNode: false,
    surge:
      known.surge === "max-surge"
        ? surgeOf(nearest, running ?? 1, told)
        : known.surge && 0,
  };
}

/** Reports no problem: what the fields of an unknown kind mean is not known. */
function countOfUnknown(around: readonly Surrounding[]): PodCount {
  const wrong: FieldError[] = [];
  const nearest = around.at(-1) ?? { path: [], fields: {} };
  const counted = nearestReplicas(around);
  const given = counted && wholeNumber(counted, "replicas", wrong);
  const count = isJob(nearest)
    ? jobCount(nearest, given ?? 1, wrong)
    : { running: given, kept: given, perNode: false };
  return wrong.length > 0
    ? { running: undefined, kept: undefined, perNode: false, surge: undefined }
    : { ...count, surge: undefined };
}

function nearestReplicas(
  around: readonly Surrounding[],
): Surrounding | undefined {
  return around.findLast(({ fields }) => fields["replicas"] != null);
}

/** The Pods of this many replicas; undefined for a group without a number, which something else scales. */
function podsOf(
  replicas: number | undefined,
  counts: KnownKind["counts"],
  {
    nearest,
    path,
  }: { readonly nearest: Surrounding; readonly path: readonly PathStep[] },
  problems: FieldError[],
): number | undefined {
  if (counts === "ray-groups") {
    if (path.includes("headGroupSpec")) return 1;
    const hosts = wholeNumber(nearest, "numOfHosts", problems) ?? 1;
    return replicas === undefined ? undefined : replicas * hosts;
  }
  return counts === "leader-and-workers"
    ? (replicas ?? 1) * groupSize(nearest, path, problems)
    : (replicas ?? 1);
}

/** True for a Job inside a JobSet or another kind: only Jobs have these fields. */
function isJob({ fields }: Surrounding): boolean {
  return ["parallelism", "completions"].some((field) => fields[field] != null);
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#controlling-parallelism */
function jobCount(
  spec: Surrounding,
  jobs: number,
  problems: FieldError[],
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
  problems: FieldError[],
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
    value: surge,
    detail: `is neither a whole number nor a percentage such as ${DEFAULT_MAX_SURGE}`,
    path: place,
  });
  return 0;
}

/** A replica of a LeaderWorkerSet is a leader with its workers: https://lws.sigs.k8s.io/docs/concepts/ */
function groupSize(
  group: Surrounding,
  path: readonly PathStep[],
  problems: FieldError[],
): number {
  if (path.at(-2) !== "leaderWorkerTemplate") return 1;
  if (path.at(-1) === "leaderTemplate") return 1;
  const size = wholeNumber(group, "size", problems) ?? 1;
  return Math.max(size - (group.fields["leaderTemplate"] ? 1 : 0), 0);
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
    const at = way.reduce<unknown>(
      (value, step) => (value as Readonly<Record<PathStep, unknown>>)[step],
      object,
    );
    return { path: way, fields: fieldsOf(at) };
  });
}

/** The number in a field, if there is one. A value that Kubernetes does not accept goes to `problems` and counts as absent. */
function wholeNumber(
  { path, fields }: Surrounding,
  field: string,
  problems: FieldError[],
): number | undefined {
  const { [field]: value } = fields;
  if (value === undefined || value === null) return undefined;
  if (isWholeNumber(value)) return value;
  const place = [...path, field];
  problems.push({
    value,
    detail: isTemplate(value)
      ? TEMPLATE_TEXT
      : `is not a whole number from 0 to ${MOST}`,
    path: place,
  });
  return undefined;
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
