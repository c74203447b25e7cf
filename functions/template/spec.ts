import { isDnsLabel, isDnsSubdomain } from "../contract/names.ts";
import { parseQuantity } from "../contract/quantity.ts";
import { isWithin, textErrors } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import type { PathStep } from "../field/path.ts";
import { fieldsOf, listOf } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import { sourceErrors } from "./data-source.ts";
import {
  LIFE_CYCLE_KEYS,
  lifeCycleContradictions,
  lifeCycleIn,
} from "../contract/life-cycle.ts";
import { mergeLifeCycles } from "./life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";
import { annotationErrors, labelErrors, selectorErrors } from "./metadata.ts";
import { shapeErrors } from "./shape.ts";
import type { ClaimSpec, VolumeClaimTemplate } from "./template.ts";

/**
 * All errors of one template of the full form: of its shape, then what the API server would reject or silently drop when the claim
 * is created. `pod` is the life cycle that the Pod gives all its volumes.
 */
export function templateErrors(value: unknown, pod: LifeCycle): FieldError[] {
  const ofShape = shapeErrors(value);
  const ofContent = contentErrors(fieldsOf(value), pod).filter(
    (error) => !ofShape.some((other) => isWithin(error, other)),
  );
  return [...ofShape, ...ofContent];
}

/** The template in `value`, which has no errors; `lifeCycle` is its own. */
export function templateOf(
  value: unknown,
  lifeCycle: LifeCycle,
): VolumeClaimTemplate {
  const { metadata, spec } = value as {
    metadata: {
      name: string;
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
    };
    spec: ClaimSpec;
  };
  return {
    volume: metadata.name,
    ...(metadata.labels && { labels: metadata.labels }),
    ...(metadata.annotations && {
      annotations: Object.fromEntries(
        Object.entries(metadata.annotations).filter(
          ([key]) => !LIFE_CYCLE_KEYS.includes(key),
        ),
      ),
    }),
    spec: { ...spec, resources: quantitiesAsText(spec.resources) },
    lifeCycle,
  };
}

function contentErrors(template: Fields, pod: LifeCycle): FieldError[] {
  const { name, labels, annotations } = fieldsOf(template["metadata"]);
  const spec = fieldsOf(template["spec"]);
  return [
    ...textErrors(name, ["metadata", "name"], volumeProblem),
    ...labelErrors(labels, name),
    ...annotationErrors(annotations),
    ...lifeCycleErrors(lifeCycleIn(fieldsOf(annotations)), pod),
    ...accessModesErrors(spec["accessModes"]),
    ...resourcesErrors(spec["resources"]),
    ...textErrors(
      spec["storageClassName"],
      ["spec", "storageClassName"],
      storageClassProblem,
    ),
    ...textErrors(
      spec["volumeAttributesClassName"],
      ["spec", "volumeAttributesClassName"],
      (text) =>
        text === "" || isDnsSubdomain(text)
          ? undefined
          : "is not the name of a volume attributes class",
    ),
    ...textErrors(spec["volumeName"], ["spec", "volumeName"], (text) =>
      text === "" || isDnsSubdomain(text)
        ? undefined
        : "is not the name of a volume",
    ),
    ...selectorErrors(spec["selector"]),
    ...sourceErrors(spec),
  ];
}

/** Contradictions of the template's own keys; those of the Pod's keys are reported once for the Pod. */
function lifeCycleErrors(own: LifeCycle, pod: LifeCycle): FieldError[] {
  return [...lifeCycleContradictions(mergeLifeCycles(pod, own))].flatMap(
    ([key, detail]) =>
      own[key] === undefined
        ? []
        : [{ path: ["metadata", "annotations", key], value: own[key], detail }],
  );
}

function accessModesErrors(value: unknown): FieldError[] {
  const path = ["spec", "accessModes"];
  if (value === undefined)
    return [
      {
        path,
        detail:
          "is missing: it gives at least one mode, such as [ReadWriteOnce]",
      },
    ];
  const modes = listOf(value);
  const detail =
    modes.length === 0
      ? "names no mode; give at least one, such as [ReadWriteOnce]"
      : modesTogetherProblem(modes.map(String));
  return detail === undefined ? [] : [{ path, value, detail }];
}

/** The errors of `spec.resources`. */
function resourcesErrors(value: unknown): FieldError[] {
  const path: readonly PathStep[] = ["spec", "resources"];
  const resources = fieldsOf(value);
  const requests = fieldsOf(resources["requests"]);
  const limits = fieldsOf(resources["limits"]);
  return [
    ...(requests["storage"] === undefined
      ? [
          {
            path: [...path, "requests", "storage"],
            detail: "is missing: it gives the size of each claim, such as 10Gi",
          },
        ]
      : []),
    ...Object.entries(requests).flatMap(([name, request]) =>
      amountErrors(
        request,
        [...path, "requests", name],
        name === "storage" ? storageProblem : quantityProblem,
      ),
    ),
    ...Object.entries(limits).flatMap(([name, limit]) =>
      limitErrors(limit, requests[name], [...path, "limits", name]),
    ),
  ];
}

function limitErrors(
  limit: unknown,
  request: unknown,
  path: readonly PathStep[],
): FieldError[] {
  const errors = amountErrors(limit, path, quantityProblem);
  const [most, least] = [sizeOf(limit), sizeOf(request)];
  return most !== undefined && least !== undefined && most < least
    ? [
        ...errors,
        {
          path,
          value: limit,
          detail: `is less than the request of ${String(request)}`,
        },
      ]
    : errors;
}

function amountErrors(
  value: unknown,
  path: readonly PathStep[],
  rule: (text: string) => string | undefined,
): FieldError[] {
  if (typeof value !== "number") return textErrors(value, path, rule);
  const detail =
    Number.isInteger(value) && !Number.isSafeInteger(value)
      ? // JSON and YAML have lost its last digits: the claim would have another size.
        "is too large for a number; write it with a unit, like 16Pi"
      : rule(String(value));
  return detail === undefined ? [] : [{ path, value, detail }];
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === "number" || typeof value === "string"
    ? parseQuantity(String(value))
    : undefined;
}

/** A StatefulSet accepts the number in `storage: 10`, too, and stores the text. */
function quantitiesAsText(
  resources: ClaimSpec["resources"],
): ClaimSpec["resources"] {
  return Object.fromEntries(
    Object.entries(resources).map(([kind, amounts]) => [
      kind,
      Object.fromEntries(
        Object.entries(amounts).map(([name, amount]) => [
          name,
          quantityText(amount),
        ]),
      ),
    ]),
  ) as ClaimSpec["resources"];
}

/** A quantity as the API server stores it: YAML has numbers as well as texts. */
function quantityText(value: unknown): string {
  return typeof value === "number" ? String(value) : (value as string);
}

// Rules for one value. Each returns the detail of an error, or undefined for a valid value.

const NOT_A_QUANTITY =
  "is not a Kubernetes quantity; write it like 10Gi or 500M";

export function volumeProblem(value: string): string | undefined {
  return isDnsLabel(value)
    ? undefined
    : "is not a volume name: use at most 63 lower-case letters, digits and dashes";
}

export function quantityProblem(value: string): string | undefined {
  return parseQuantity(value) === undefined ? NOT_A_QUANTITY : undefined;
}

export function storageProblem(value: string): string | undefined {
  const size = parseQuantity(value);
  if (size === undefined) return NOT_A_QUANTITY;
  return size > 0 ? undefined : "must be greater than zero";
}

/** The empty string means no class, as in the API. */
export function storageClassProblem(value: string): string | undefined {
  return value === "" || isDnsSubdomain(value)
    ? undefined
    : "is not the name of a storage class";
}

/** Checks known modes against each other. */
export function modesTogetherProblem(
  modes: readonly string[],
): string | undefined {
  if (new Set(modes).size < modes.length) return "names a mode twice";
  if (modes.length > 1 && modes.includes("ReadWriteOncePod"))
    return "contradicts itself: ReadWriteOncePod allows no other mode beside it";
  return undefined;
}
