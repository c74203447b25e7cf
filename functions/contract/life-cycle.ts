import { parseDuration } from "./duration.ts";
import {
  CREATE,
  DEFAULT_FINISHED_PODS,
  DEFAULT_ON_MISS,
  DEFAULT_RETENTION,
  DELETE,
  KEEP,
  RELEASE,
  RETAIN,
  REUSE,
  TEMPLATE_FINISHED_PODS,
  TEMPLATE_IDLE_TTL,
  TEMPLATE_MAX_AGE,
  TEMPLATE_MAX_IDLE,
  TEMPLATE_MAX_SETS,
  TEMPLATE_MAX_USES,
  TEMPLATE_ON_MISS,
  TEMPLATE_POOL,
  TEMPLATE_RETENTION,
  TEMPLATE_REUSE_KEY,
  WAIT,
} from "./keys.ts";

/** The life-cycle annotations that a Pod, a template or a claim has, by key. */
export type LifeCycle = Readonly<Record<string, string>>;

/** What holds for one life-cycle key. */
interface KeyRules {
  /** What is wrong with its value, as the rest of a sentence that begins with the key. */
  readonly check: (value: string) => string | undefined;
  /** It means something with retention `Reuse` only. */
  readonly onlyWithReuse?: true;
  /** It is a key of the whole set: all `Reuse` volumes of a Pod must agree on it. */
  readonly ofSet?: true;
  /** It gives up data, which contradicts on-miss `Wait`. */
  readonly givesUpData?: true;
}

const OF_POOL = { onlyWithReuse: true, ofSet: true } as const;

/** All life-cycle keys. A new key needs a row here. */
const RULES: Readonly<Record<string, KeyRules>> = {
  [TEMPLATE_RETENTION]: { check: oneOf(DELETE, RETAIN, REUSE) },
  [TEMPLATE_IDLE_TTL]: { check: durationProblem, ofSet: true },
  [TEMPLATE_FINISHED_PODS]: { check: oneOf(KEEP, RELEASE) },
  [TEMPLATE_ON_MISS]: { check: oneOf(CREATE, WAIT), ...OF_POOL },
  [TEMPLATE_POOL]: { check: poolNameProblem, ...OF_POOL },
  [TEMPLATE_REUSE_KEY]: { check: () => undefined, ...OF_POOL },
  [TEMPLATE_MAX_IDLE]: { check: count(0), ...OF_POOL, givesUpData: true },
  [TEMPLATE_MAX_SETS]: { check: count(1), ...OF_POOL },
  [TEMPLATE_MAX_USES]: { check: count(1), ...OF_POOL, givesUpData: true },
  [TEMPLATE_MAX_AGE]: { check: durationProblem, ...OF_POOL, givesUpData: true },
};

/** Keys that count on the Pod for all its volumes, in a template's own annotations for that one, and on the claim. */
export const LIFE_CYCLE_KEYS: readonly string[] = Object.keys(RULES);

/** Keys that mean something with retention `Reuse` only. */
export const REUSE_KEYS = keysWith("onlyWithReuse");

/** Keys of the whole set. All `Reuse` volumes of a Pod are in one set. */
export const SET_KEYS = keysWith("ofSet");

function keysWith(rule: Exclude<keyof KeyRules, "check">): readonly string[] {
  return LIFE_CYCLE_KEYS.filter((key) => RULES[key]?.[rule]);
}

/** How long a set of claims with on-miss `Create` is kept without a Pod when no idle-ttl is given: 7 days. */
export const DEFAULT_REUSE_IDLE_TTL_MS = 7 * 86_400_000;

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
  return RULES[key]?.check(value);
}

/**
 * Contradictions between the life-cycle keys of one volume: for each key that cannot count, the rest of a sentence that begins
 * with the key.
 */
export function lifeCycleContradictions(
  lifeCycle: LifeCycle,
): ReadonlyMap<string, string> {
  const contradictions = new Map<string, string>();
  const given = (key: string): boolean => lifeCycle[key] !== undefined;
  if (given(TEMPLATE_IDLE_TTL) && goesWithPod(lifeCycle))
    contradictions.set(
      TEMPLATE_IDLE_TTL,
      `contradicts ${TEMPLATE_RETENTION}: ${DELETE}, which deletes a claim after its Pod; set ${TEMPLATE_RETENTION}: ${RETAIN} or leave it out`,
    );
  if (!isReused(lifeCycle))
    for (const key of REUSE_KEYS.filter(given))
      contradictions.set(
        key,
        `counts only with ${TEMPLATE_RETENTION}: ${REUSE}; set that or leave it out`,
      );
  else if (waitsOnMiss(lifeCycle))
    for (const key of keysWith("givesUpData").filter(given))
      contradictions.set(
        key,
        `contradicts ${TEMPLATE_ON_MISS}: ${WAIT}, which never gives up data; set ${TEMPLATE_ON_MISS}: ${CREATE} or leave it out`,
      );
  return contradictions;
}

/** True when the claim is deleted after its Pod. */
export function goesWithPod({
  [TEMPLATE_RETENTION]: retention = DEFAULT_RETENTION,
}: LifeCycle): boolean {
  return retention === DELETE;
}

/** True when a later Pod gets the claim. */
export function isReused({
  [TEMPLATE_RETENTION]: retention,
}: LifeCycle): boolean {
  return retention === REUSE;
}

/** True when a Pod waits for the set of its predecessor instead of getting an empty one. */
export function waitsOnMiss({
  [TEMPLATE_ON_MISS]: onMiss = DEFAULT_ON_MISS,
}: LifeCycle): boolean {
  return onMiss === WAIT;
}

/** Milliseconds for which a claim without a Pod is kept; undefined when it is kept for ever, or when its idle-ttl is not valid. */
export function idleTtlMsOf(lifeCycle: LifeCycle): number | undefined {
  const idleTtl = durationMsOf(lifeCycle, TEMPLATE_IDLE_TTL);
  return lifeCycle[TEMPLATE_IDLE_TTL] === undefined &&
    isReused(lifeCycle) &&
    !waitsOnMiss(lifeCycle)
    ? DEFAULT_REUSE_IDLE_TTL_MS
    : idleTtl;
}

/** The whole number under `key`; undefined when it is missing or not valid. */
export function countOf(lifeCycle: LifeCycle, key: string): number | undefined {
  const value = lifeCycle[key];
  return value === undefined || lifeCycleProblem(key, value) !== undefined
    ? undefined
    : Number(value);
}

/** Milliseconds of the duration under `key`; undefined when it is missing or not valid. */
export function durationMsOf(
  lifeCycle: LifeCycle,
  key: string,
): number | undefined {
  const value = lifeCycle[key];
  return value === undefined || durationProblem(value) !== undefined
    ? undefined
    : parseDuration(value);
}

/** True when a Pod that has finished does not hold the claim. */
export function releasesFinishedPods({
  [TEMPLATE_FINISHED_PODS]: finishedPods = DEFAULT_FINISHED_PODS,
}: LifeCycle): boolean {
  return finishedPods === RELEASE;
}

/** A DNS label, as the names of most objects. */
const POOL_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Zero is rejected: it may mean "at once" as well as "never". */
function durationProblem(value: string): string | undefined {
  const duration = parseDuration(value);
  if (duration === undefined || !Number.isFinite(duration))
    return "is not a duration; write it like 36h or 7d";
  return duration > 0 ? undefined : "must be greater than zero";
}

function poolNameProblem(value: string): string | undefined {
  return POOL_NAME.test(value)
    ? undefined
    : "is not the name of a pool: use at most 63 lower-case letters, digits and dashes";
}

/** The check of a whole number that is at least `least`. */
function count(least: 0 | 1): KeyRules["check"] {
  return (value) => {
    if (!/^\d{1,9}$/.test(value))
      return "is not a whole number; write it like 3";
    return Number(value) >= least ? undefined : "must be greater than zero";
  };
}

function oneOf(...known: readonly string[]): KeyRules["check"] {
  return (value) =>
    known.includes(value)
      ? undefined
      : `is not supported; known are ${known.join(", ")}`;
}
