import {
  isAnnotationKey,
  isLabelKey,
  isLabelValue,
} from "../contract/label-syntax.ts";
import {
  CLAIM_LABEL_PREFIX,
  HOLD_KEY,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  TEMPLATE_NAME,
  TEMPLATE_PREFIX,
} from "../contract/keys.ts";
import { textErrors } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import type { PathStep } from "../field/path.ts";
import { LIFE_CYCLE_KEYS, lifeCycleProblem } from "../contract/life-cycle.ts";
import { fieldsOf, isFields, listOf, rejectedValue } from "../field/value.ts";
import type { Fields } from "../field/value.ts";

/** The API server limits the annotations of one object to this many bytes. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

const BAD_VALUE =
  "is not a label value: use at most 63 letters, digits, dashes, underscores and dots";
const BAD_KEY =
  "is under a key that Kubernetes does not allow: use at most 63 letters, digits, dashes, underscores and dots, after a DNS name and a slash or alone";

const BY_KUBERNETES = "Kubernetes sets it";

/**
 * Labels and annotations by which another program recognises its objects. It deletes an object that carries one and is not in its
 * list, and the claims of Pods are in no such list. People copy these keys from rendered charts and from objects in a cluster. A key
 * that ends in a slash stands for every key with this prefix. docs/annotations.md has the same list.
 */
export const NOT_INHERITED: ReadonlyMap<string, string> = new Map([
  [
    "app.kubernetes.io/instance",
    "Argo CD deletes objects that carry it and are not in Git",
  ],
  [
    "argocd.argoproj.io/instance",
    "Argo CD deletes objects that carry it and are not in Git",
  ],
  [
    "argocd.argoproj.io/tracking-id",
    "Argo CD deletes objects that carry it and are not in Git",
  ],
  [
    "kustomize.toolkit.fluxcd.io/name",
    "Flux treats objects that carry it as its own",
  ],
  [
    "kustomize.toolkit.fluxcd.io/namespace",
    "Flux treats objects that carry it as its own",
  ],
  [
    "kustomize.toolkit.fluxcd.io/checksum",
    "Flux deletes objects that carry it and are not in Git",
  ],
  [
    "fluxcd.io/sync-gc-mark",
    "Flux deletes objects that carry it and are not in Git",
  ],
  [
    "applyset.kubernetes.io/part-of",
    "kubectl apply --prune deletes objects that carry it",
  ],
  [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl apply --prune deletes objects that carry it",
  ],
  [
    "kapp.k14s.io/app",
    "kapp deletes objects that carry it and are not in its files",
  ],
  [
    "kapp.k14s.io/association",
    "kapp deletes objects that carry it and are not in its files",
  ],
  [
    "objectset.rio.cattle.io/",
    "Rancher deletes objects that carry it and are not in its set",
  ],
]);

/**
 * The template without the fields that a StatefulSet ignores or overwrites in its templates, and without those that its claim must not
 * inherit. It does not check their values.
 */
export function dropFrom(value: unknown): {
  readonly template: unknown;
  /** A warning for each thing that is dropped. */
  readonly dropped: readonly FieldError[];
} {
  if (!isFields(value)) return { template: value, dropped: [] };
  const top = split(value, [], reasonToDropField);
  const { metadata } = top.kept;
  if (!isFields(metadata)) return { template: top.kept, dropped: top.dropped };
  const inside = split(metadata, ["metadata"], reasonToDropMetadata);
  const maps = ["labels", "annotations"].flatMap((map) => {
    const { [map]: entries } = inside.kept;
    return isFields(entries)
      ? [{ map, ...split(entries, ["metadata", map], reasonToDropKey) }]
      : [];
  });
  return {
    template: {
      ...top.kept,
      metadata: {
        ...inside.kept,
        ...Object.fromEntries(maps.map(({ map, kept }) => [map, kept])),
      },
    },
    dropped: [top, inside, ...maps].flatMap(({ dropped }) => dropped),
  };
}

/** The fields that are kept, and a warning for each that is dropped. */
function split(
  fields: Fields,
  path: readonly PathStep[],
  reasonToDrop: (field: string, value: unknown) => string | undefined,
): { readonly kept: Fields; readonly dropped: readonly FieldError[] } {
  const entries = Object.entries(fields).map(([field, value]) => ({
    field,
    value,
    reason: reasonToDrop(field, value),
  }));
  return {
    kept: Object.fromEntries(
      entries.flatMap(({ field, value, reason }) =>
        reason === undefined ? [[field, value]] : [],
      ),
    ),
    dropped: entries.flatMap(({ field, reason }) =>
      reason === undefined
        ? []
        : [{ path: [...path, field], detail: `is dropped: ${reason}` }],
    ),
  };
}

function reasonToDropField(field: string): string | undefined {
  return field === "status" ? BY_KUBERNETES : undefined;
}

function reasonToDropMetadata(field: string): string | undefined {
  switch (field) {
    case "namespace":
      return "the claim is made in the namespace of its Pod";
    case "creationTimestamp":
      return BY_KUBERNETES;
    default:
      return undefined;
  }
}

function reasonToDropKey(key: string, value: unknown): string | undefined {
  if (key === MANAGED_BY_LABEL)
    return value === MANAGED_BY_VALUE
      ? undefined
      : "stateful-deployments sets it itself";
  return NOT_INHERITED.get(key) ?? NOT_INHERITED.get(key.replace(/\/.*/, "/"));
}

/** The errors of `metadata.labels`; `volume` is the template's name. */
export function labelErrors(labels: unknown, volume: unknown): FieldError[] {
  const ours = new Map<string, unknown>([
    [MANAGED_LABEL, MANAGED_VALUE],
    [TEMPLATE_NAME, volume],
  ]);
  const path: readonly PathStep[] = ["metadata", "labels"];
  const reserved = Object.entries(fieldsOf(labels)).flatMap(([key, value]) => {
    const detail = ours.has(key)
      ? value === ours.get(key)
        ? undefined
        : "is not for templates: stateful-deployments sets this label itself; leave it out"
      : reservedProblem(key);
    return detail === undefined
      ? []
      : [{ path: [...path, key], value, detail }];
  });
  return [...labelSyntaxErrors(labels, path), ...reserved];
}

/** The errors of `metadata.annotations`. */
export function annotationErrors(annotations: unknown): FieldError[] {
  const path: readonly PathStep[] = ["metadata", "annotations"];
  const entries = Object.entries(fieldsOf(annotations));
  const errors: FieldError[] = entries.flatMap(([key, value]) => {
    const detail = annotationProblem(key, value);
    return detail === undefined
      ? []
      : [{ path: [...path, key], value, detail }];
  });
  // YAML aliases can make a short text long.
  const bytes = entries.reduce(
    (sum, [key, value]) =>
      sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  if (bytes > MAX_ANNOTATION_BYTES)
    errors.push({
      path,
      detail: `have ${bytes} bytes together; Kubernetes allows ${MAX_ANNOTATION_BYTES}`,
    });
  return errors;
}

/** The errors of `spec.selector`. */
export function selectorErrors(selector: unknown): FieldError[] {
  const path: readonly PathStep[] = ["spec", "selector"];
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  return [
    ...labelSyntaxErrors(matchLabels, [...path, "matchLabels"]),
    ...listOf(matchExpressions).flatMap((expression, index) =>
      requirementErrors(fieldsOf(expression), [
        ...path,
        "matchExpressions",
        index,
      ]),
    ),
  ];
}

function requirementErrors(
  { key, operator, values }: Fields,
  path: readonly PathStep[],
): FieldError[] {
  return [
    ...textErrors(key, [...path, "key"], (text) =>
      isLabelKey(text) ? undefined : "is not a label key",
    ),
    ...operatorErrors(operator, values, path),
    ...listOf(values).flatMap((value, index) =>
      textErrors(value, [...path, "values", index], labelValueProblem),
    ),
  ];
}

function operatorErrors(
  operator: unknown,
  values: unknown,
  path: readonly PathStep[],
): FieldError[] {
  const count = listOf(values).length;
  switch (operator) {
    case "In":
    case "NotIn":
      return count > 0
        ? []
        : [
            {
              path: [...path, "values"],
              detail: `is missing: ${operator} needs at least one value`,
            },
          ];
    case "Exists":
    case "DoesNotExist":
      return count === 0
        ? []
        : [
            {
              path: [...path, "values"],
              value: values,
              detail: `contradicts the operator: ${operator} takes no values`,
            },
          ];
    default:
      return textErrors(
        operator,
        [...path, "operator"],
        () => "is not supported; known are In, NotIn, Exists, DoesNotExist",
      );
  }
}

function labelSyntaxErrors(
  labels: unknown,
  path: readonly PathStep[],
): FieldError[] {
  return Object.entries(fieldsOf(labels)).flatMap(([key, value]) => [
    ...(isLabelKey(key)
      ? []
      : [{ path: [...path, key], value, detail: BAD_KEY }]),
    ...textErrors(value, [...path, key], labelValueProblem),
  ]);
}

function labelValueProblem(value: string): string | undefined {
  return isLabelValue(value) ? undefined : BAD_VALUE;
}

function annotationProblem(key: string, value: unknown): string | undefined {
  if (!isAnnotationKey(key)) return BAD_KEY;
  if (!LIFE_CYCLE_KEYS.includes(key)) return reservedProblem(key);
  if (typeof value !== "string") return undefined;
  const detail = lifeCycleProblem(key, value);
  return detail && rejectedValue(value, detail);
}

/** A template may set the hold. The programs set every other key under our prefixes, or it is a typing error. */
function reservedProblem(key: string): string | undefined {
  if (key === HOLD_KEY) return undefined;
  if (key.startsWith(TEMPLATE_PREFIX))
    return `is under an unknown key; a template knows the annotations ${LIFE_CYCLE_KEYS.join(", ")}`;
  return key.startsWith(CLAIM_LABEL_PREFIX)
    ? "is under a key that stateful-deployments sets itself; leave it out"
    : undefined;
}
