import { isDnsLabel, isDnsSubdomain } from "../kubernetes/names.ts";
import { parseQuantity } from "../kubernetes/quantity.ts";
import {
  DEFAULT_ACCESS_MODES,
  DEFAULT_RETENTION,
  TEMPLATE_ACCESS_MODES,
  TEMPLATE_NAME,
  TEMPLATE_PREFIX,
  TEMPLATE_RETENTION,
  TEMPLATE_STORAGE,
  TEMPLATE_STORAGE_CLASS,
} from "../well-known.ts";

/** What one volume of a Pod is to become. */
export interface VolumeClaimTemplate {
  /** The Pod volume that the claim takes the place of. */
  readonly volume: string;
  /** The claim's spec, nothing invented: fields that were not asked for are absent. */
  readonly spec: {
    readonly accessModes: readonly string[];
    readonly resources: { readonly requests: { readonly storage: string } };
    readonly storageClassName?: string;
  };
  /** Life-cycle annotations, copied to the claim for the janitor. */
  readonly lifeCycle: Readonly<Record<string, string>>;
}

/** What the annotations of a Pod ask for; `problems` names every one that is wrong. */
export type ParsedTemplates =
  | { readonly kind: "none" }
  | {
      readonly kind: "templates";
      readonly templates: readonly VolumeClaimTemplate[];
    }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

const KNOWN_KEYS: readonly string[] = [
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_STORAGE_CLASS,
  TEMPLATE_ACCESS_MODES,
  TEMPLATE_RETENTION,
];

const ACCESS_MODES: readonly string[] = [
  "ReadWriteOnce",
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOncePod",
];

/** Reads the annotations of a Pod template. All problems are found, not only the first. */
export function parseTemplates(
  annotations: Readonly<Record<string, string>> | undefined,
): ParsedTemplates {
  const ours = Object.entries(annotations ?? {}).filter(([key]) =>
    key.startsWith(TEMPLATE_PREFIX),
  );
  if (ours.length === 0) return { kind: "none" };

  const given = new Map(ours);
  const problems = ours
    .filter(([key]) => !KNOWN_KEYS.includes(key))
    .map(
      ([key, value]) =>
        `annotation ${key}: ${quoted(value)} has an unknown key; known are ${KNOWN_KEYS.join(", ")}`,
    );

  const volume = read(
    given,
    TEMPLATE_NAME,
    problems,
    { required: "the name of the Pod volume that becomes a claim" },
    volumeProblem,
  );
  const storage = read(
    given,
    TEMPLATE_STORAGE,
    problems,
    { required: "the size of each claim, such as 10Gi" },
    storageProblem,
  );
  const storageClassName = read(
    given,
    TEMPLATE_STORAGE_CLASS,
    problems,
    {},
    storageClassProblem,
  );
  const modes = read(
    given,
    TEMPLATE_ACCESS_MODES,
    problems,
    {},
    accessModesProblem,
  );
  const retention = read(
    given,
    TEMPLATE_RETENTION,
    problems,
    {},
    retentionProblem,
  );

  if (problems.length > 0 || volume === undefined || storage === undefined)
    return { kind: "invalid", problems };
  const template: VolumeClaimTemplate = {
    volume,
    spec: {
      accessModes:
        modes === undefined ? DEFAULT_ACCESS_MODES : splitModes(modes),
      resources: { requests: { storage } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
    lifeCycle:
      retention === undefined ? {} : { [TEMPLATE_RETENTION]: retention },
  };
  return { kind: "templates", templates: [template] };
}

/** The value of `key` when it is there and sound; what is wrong with it goes to `problems`, beginning with key and value. */
function read(
  given: ReadonlyMap<string, string>,
  key: string,
  problems: string[],
  { required }: { readonly required?: string },
  problemOf: (value: string) => string | undefined,
): string | undefined {
  const value = given.get(key);
  if (value === undefined) {
    if (required !== undefined)
      problems.push(`annotation ${key} is missing: it gives ${required}`);
    return undefined;
  }
  const problem = problemOf(value);
  if (problem === undefined) return value;
  problems.push(`annotation ${key}: ${quoted(value)} ${problem}`);
  return undefined;
}

function volumeProblem(value: string): string | undefined {
  return isDnsLabel(value)
    ? undefined
    : "is not a volume name: use at most 63 lower-case letters, digits and dashes";
}

function storageProblem(value: string): string | undefined {
  const size = parseQuantity(value);
  if (size === undefined)
    return "is not a Kubernetes quantity; write it like 10Gi or 500M";
  return size > 0 ? undefined : "must be greater than zero";
}

function storageClassProblem(value: string): string | undefined {
  return value === "" || isDnsSubdomain(value)
    ? undefined
    : "is not the name of a storage class";
}

function accessModesProblem(value: string): string | undefined {
  const modes = splitModes(value);
  const unknown = modes.filter((mode) => !ACCESS_MODES.includes(mode));
  if (unknown.length > 0)
    return `has the unknown mode ${unknown.map(quoted).join(", ")}; known are ${ACCESS_MODES.join(", ")}`;
  if (new Set(modes).size < modes.length) return "names a mode twice";
  if (modes.length > 1 && modes.includes("ReadWriteOncePod"))
    return "contradicts itself: ReadWriteOncePod allows no other mode beside it";
  return undefined;
}

function retentionProblem(value: string): string | undefined {
  return value === DEFAULT_RETENTION
    ? undefined
    : `is not supported; this version knows ${DEFAULT_RETENTION} only`;
}

function splitModes(value: string): string[] {
  return value.split(",").map((mode) => mode.trim());
}

/** A value as people see it: in quotes, cut where it is long enough to drown the message. */
function quoted(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
