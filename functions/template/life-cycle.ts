import { parseDuration } from "../kubernetes/duration.ts";
import {
  DEFAULT_RETENTION,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_RETENTION,
} from "../contract/keys.ts";

/** Life-cycle annotations by their key, those that were given only. */
export type LifeCycle = Readonly<Record<string, string>>;

/** The one retention under which a claim outlives its Pod. */
const RETAIN = "Retain";

/** Keys that count on the Pod for all its volumes and in a template's own annotations for that one. */
export const LIFE_CYCLE_KEYS: readonly string[] = [
  TEMPLATE_RETENTION,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_FINISHED_PODS,
];

/** What is wrong with the value of a life-cycle key, as the rest of a sentence that begins with it. */
export function lifeCycleProblem(
  key: string,
  value: string,
): string | undefined {
  switch (key) {
    case TEMPLATE_RETENTION:
      return retentionProblem(value);
    case TEMPLATE_IDLE_TTL:
      return idleTtlProblem(value);
    default:
      return oneOf(value, ["Keep", "Release"]);
  }
}

/** The life-cycle keys among `annotations`, right or wrong. */
export function lifeCycleIn(
  annotations: Readonly<Record<string, unknown>>,
): LifeCycle {
  return Object.fromEntries(
    LIFE_CYCLE_KEYS.flatMap((key) => {
      const value = annotations[key];
      return typeof value === "string" ? [[key, value]] : [];
    }),
  );
}

/** What holds for one volume: the Pod's life cycle, overridden key by key by the template's own. */
export function mergeLifeCycles(pod: LifeCycle, own: LifeCycle): LifeCycle {
  const merged = { ...pod, ...own };
  // The Pod's idle-ttl is for those of its volumes that are retained, and says nothing of the others.
  if (goesWithPod(merged) && own[TEMPLATE_IDLE_TTL] === undefined)
    delete merged[TEMPLATE_IDLE_TTL];
  return merged;
}

/** What is wrong with an idle-ttl that could never count, since the claim goes with its Pod. */
export function idleTtlContradiction(lifeCycle: LifeCycle): string | undefined {
  if (lifeCycle[TEMPLATE_IDLE_TTL] === undefined || !goesWithPod(lifeCycle))
    return undefined;
  const { [TEMPLATE_RETENTION]: retention = DEFAULT_RETENTION } = lifeCycle;
  return `contradicts ${TEMPLATE_RETENTION}: ${retention}, with which a claim goes when its Pod goes; set ${TEMPLATE_RETENTION}: ${RETAIN} or leave it out`;
}

/** What is wrong with an idle-ttl of the Pod that counts for none of its volumes, whose own life cycles these are. */
export function idleTtlOfPodContradiction(
  pod: LifeCycle,
  own: readonly LifeCycle[],
): string | undefined {
  return own.every((one) => goesWithPod({ ...pod, ...one }))
    ? idleTtlContradiction(pod)
    : undefined;
}

function goesWithPod({
  [TEMPLATE_RETENTION]: retention = DEFAULT_RETENTION,
}: LifeCycle): boolean {
  return retention === DEFAULT_RETENTION;
}

function retentionProblem(value: string): string | undefined {
  return value === "Reuse"
    ? `is not supported: it comes later; this version knows ${DEFAULT_RETENTION} and ${RETAIN}`
    : oneOf(value, [DEFAULT_RETENTION, RETAIN]);
}

function idleTtlProblem(value: string): string | undefined {
  const duration = parseDuration(value);
  if (duration === undefined || !Number.isFinite(duration))
    return "is not a duration; write it like 36h or 7d";
  return duration > 0 ? undefined : "must be greater than zero";
}

function oneOf(value: string, known: readonly string[]): string | undefined {
  return known.includes(value)
    ? undefined
    : `is not supported; known are ${known.join(", ")}`;
}
