import { parseDuration } from "./duration.ts";
import {
  DEFAULT_FINISHED_PODS,
  DEFAULT_RETENTION,
  DELETE,
  KEEP,
  RELEASE,
  RETAIN,
  REUSE,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_RETENTION,
} from "./keys.ts";

/** The life-cycle annotations that a Pod, a template or a claim has, by key. */
export type LifeCycle = Readonly<Record<string, string>>;

/** Keys on the Pod for all its volumes, in the annotations of a template for that one, and on the claim. */
export const LIFE_CYCLE_KEYS: readonly string[] = [
  TEMPLATE_RETENTION,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_FINISHED_PODS,
];

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

/** What is wrong with the value of a life-cycle key, as the rest of a sentence that begins with it. */
export function lifeCycleProblem(
  key: string,
  value: string,
): string | undefined {
  switch (key) {
    case TEMPLATE_RETENTION:
      return value === REUSE
        ? `is not supported: it comes later; this version knows ${DELETE} and ${RETAIN}`
        : oneOf(value, [DELETE, RETAIN]);
    case TEMPLATE_IDLE_TTL:
      return idleTtlProblem(value);
    default:
      return oneOf(value, [KEEP, RELEASE]);
  }
}

/** What is wrong with an idle-ttl of a claim that is deleted with its Pod. */
export function idleTtlContradiction(lifeCycle: LifeCycle): string | undefined {
  return lifeCycle[TEMPLATE_IDLE_TTL] !== undefined && goesWithPod(lifeCycle)
    ? `contradicts ${TEMPLATE_RETENTION}: ${DELETE}, with which a claim goes when its Pod goes; set ${TEMPLATE_RETENTION}: ${RETAIN} or leave it out`
    : undefined;
}

/** True when the claim is deleted when its Pod is gone. */
export function goesWithPod({
  [TEMPLATE_RETENTION]: retention = DEFAULT_RETENTION,
}: LifeCycle): boolean {
  return retention === DELETE;
}

/** Milliseconds for which a claim without a Pod is kept; undefined without an idle-ttl or with a wrong one. */
export function idleTtlMsOf({
  [TEMPLATE_IDLE_TTL]: idleTtl,
}: LifeCycle): number | undefined {
  return idleTtl === undefined || idleTtlProblem(idleTtl) !== undefined
    ? undefined
    : parseDuration(idleTtl);
}

/** True when a Pod that has finished does not hold the claim. */
export function releasesFinishedPods({
  [TEMPLATE_FINISHED_PODS]: finishedPods = DEFAULT_FINISHED_PODS,
}: LifeCycle): boolean {
  return finishedPods === RELEASE;
}

/** Zero is rejected because it could mean "at once" or "never". */
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
