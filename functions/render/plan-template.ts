import type { V1Pod } from "@kubernetes/client-node";
import jsonpatch from "fast-json-patch";
import type { ClaimManifest } from "../claim/build.ts";
import {
  CLAIM_LABEL_PREFIX,
  TEMPLATE_NAME,
  TEMPLATE_TEMPLATES,
} from "../contract/keys.ts";
import { quoted } from "../contract/printable.ts";
import { readableName } from "../contract/readable-name.ts";
import { fieldsOf, isFields, listOf } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import { annotationError, annotationTextError } from "../field/field-error.ts";
import type { Checked, FieldError } from "../field/field-error.ts";
import type { PathStep } from "../field/path.ts";
import { planClaims } from "../pod/plan.ts";
import type { PlannedClaim } from "../pod/plan.ts";
import { snapshotReference } from "../template/data-source.ts";
import { parseTemplates } from "../template/parse.ts";
import { withoutNulls } from "../contract/without-nulls.ts";
import { ourAnnotations } from "./kinds.ts";

/** The plan for one Pod template. The paths of problems begin at the template. */
type TemplatePlan =
  | { readonly kind: "allow"; readonly warnings: readonly FieldError[] }
  | { readonly kind: "deny"; readonly errors: readonly FieldError[] }
  | {
      readonly kind: "patch";
      readonly claims: readonly ClaimManifest[];
      /** The template as the Pods will be. */
      readonly template: Fields;
      /** What people call the pool of the claims that are reused. */
      readonly pool?: string;
      readonly warnings: readonly FieldError[];
    };

/** The object that a Pod template is in. */
export interface TemplateOwner {
  /** Its own name or generateName. */
  readonly name: string;
  /** As the function calls it, such as `Deployment` or `Knative Service`. */
  readonly kind: string;
  /** True when the template is the object itself. */
  readonly isPod: boolean;
  /** The names in a StatefulSet's volumeClaimTemplates, in their order; "" for one without a name. */
  readonly claimed: readonly string[];
  readonly namespace: string;
}

/** Gives the label of a pool by what tells it from others. */
export type PoolLabel = (identity: string) => string;

/**
 * Decides as the function does about the Pods that a controller creates from `given`. Reports all problems at once. Pools get a
 * placeholder as label unless `poolLabel` is given.
 */
export async function planTemplate(
  given: Fields,
  owner: TemplateOwner,
  poolLabel: PoolLabel = () => PLACEHOLDER_HASH,
): Promise<TemplatePlan> {
  const annotations = readAnnotations(given);
  // The API server stores a null as an absent field.
  const lists = readLists(fieldsOf(withoutNulls(annotations.value)));
  const { value: template } = lists;
  const unreadable = [...annotations.problems, ...lists.problems];

  const pod = podOf(template, owner);
  const plan = await planClaims(
    pod,
    {
      requestUid: PLACEHOLDER_UID,
      requestedAt: PLACEHOLDER_TIME,
      namespace: owner.namespace,
    },
    {
      claim: namePlaceholder,
      pool: poolLabel,
      // A Pod names its controller itself.
      ...(!owner.isPod && { workload: { kind: owner.kind, name: owner.name } }),
    },
  );
  if (plan.kind === "allow" && unreadable.length === 0) return plan;
  const problems = [
    ...unreadable,
    ...(plan.kind === "deny" ? plan.errors : []).filter(
      // A volume that is in no readable list may be in an unreadable one.
      ({ path }) => lists.problems.length === 0 || !isAboutAllVolumes(path),
    ),
    ...(plan.kind === "allow" ? [] : await claimedTwice(pod, owner.claimed)),
  ];
  if (plan.kind !== "patch" || problems.length > 0)
    return { kind: "deny", errors: problems };
  const claims = plan.claims.map(withSource);
  return {
    kind: "patch",
    claims,
    template: jsonpatch.applyPatch(template, plan.patch, false, false)
      .newDocument,
    ...(plan.set && { pool: plan.set.poolName }),
    warnings: [
      ...plan.warnings,
      ...(owner.isPod ? [] : undeclaredVolumes(template, claims)),
    ],
  };
}

function podOf(template: Fields, { isPod, name }: TemplateOwner): V1Pod {
  const metadata = fieldsOf(template["metadata"]);
  return {
    ...template,
    // Controllers name the Pods after themselves and ignore the name of a template.
    metadata: isPod
      ? metadata
      : { ...metadata, name: "", generateName: `${name}-` },
  };
}

/**
 * What is wrong with volumes for which the controller of a StatefulSet creates claims. That controller ignores the volumes that the
 * template declares. The function sees such a claim in each Pod and rejects its type. render and the early-feedback policy can name
 * the source.
 */
async function claimedTwice(
  { metadata }: V1Pod,
  claimed: readonly string[],
): Promise<FieldError[]> {
  if (claimed.length === 0) return [];
  const parsed = await parseTemplates(metadata?.annotations);
  if (parsed.kind === "none") return [];
  const isShort = metadata?.annotations?.[TEMPLATE_TEMPLATES] === undefined;
  return parsed.volumes.flatMap(({ volume }) => {
    const index = claimed.indexOf(volume);
    return index < 0 ||
      metadata?.labels?.[CLAIM_LABEL_PREFIX + volume] !== undefined
      ? []
      : isShort
        ? annotationError(TEMPLATE_NAME, contradiction(index), volume)
        : annotationTextError(
            TEMPLATE_TEMPLATES,
            `template ${quoted(volume)} ${contradiction(index)}`,
          );
  });
}

function contradiction(index: number): string {
  return `contradicts spec.volumeClaimTemplates[${index}], from which the StatefulSet itself creates a claim for that volume; leave out the annotations or that template`;
}

function isAboutAllVolumes(path: readonly PathStep[]): boolean {
  return path.length === 2 && path[1] === "volumes";
}

/** Kubernetes checks the template of a Deployment before there is a Pod, and rejects what the function would add. */
function undeclaredVolumes(
  template: Fields,
  claims: readonly ClaimManifest[],
): FieldError[] {
  const declared = new Set(
    listOf(fieldsOf(template["spec"])["volumes"]).map(
      (volume) => fieldsOf(volume)["name"],
    ),
  );
  return claims.flatMap(({ metadata }) => {
    const volume = metadata.labels[TEMPLATE_NAME];
    return declared.has(volume)
      ? []
      : [
          {
            subject: `volume ${quoted(volume)}`,
            detail:
              "is used but not declared, which Kubernetes rejects in the Pod template of most kinds; declare it as an emptyDir",
            path: ["spec"],
          },
        ];
  });
}

// Placeholders: Kubernetes accepts none of them as a name.

/** Stands for the uid of the admission request. */
const PLACEHOLDER_UID = "<uid>";

/** Stands for the time of that request. */
const PLACEHOLDER_TIME = "<time>";

/** Stands for the last part of a claim's name, a hash of that uid. */
const PLACEHOLDER_HASH = "<hash>";

/** The name of a claim as far as it is known before there is a Pod. */
function namePlaceholder(podName: string, volume: string): string {
  return readableName(podName, volume, PLACEHOLDER_HASH);
}

/** The claim with a placeholder for a snapshot that is still to be chosen. */
function withSource({ manifest, source }: PlannedClaim): ClaimManifest {
  return source?.kind === "newest-snapshot"
    ? {
        ...manifest,
        spec: {
          ...manifest.spec,
          dataSource: snapshotReference(`<newest with ${source.selector}>`),
        },
      }
    : manifest;
}

/**
 * Finds our annotations whose values are not texts. It replaces each value by the text that quotes would make of it, so that one run
 * also finds what else is wrong.
 */
function readAnnotations(template: Fields): Checked<Fields> {
  const metadata = fieldsOf(template["metadata"]);
  const annotations = fieldsOf(metadata["annotations"]);
  const wrong = ourAnnotations(template).filter(
    (key) => typeof annotations[key] !== "string",
  );
  const texts = wrong.map((key) => [key, asText(annotations[key])]);
  return {
    value: {
      ...template,
      metadata: {
        ...metadata,
        annotations: { ...annotations, ...Object.fromEntries(texts) },
      },
    },
    problems: wrong.map((key) => typeError(key, annotations[key])),
  };
}

function typeError(key: string, value: unknown): FieldError {
  if (value === null)
    return annotationTextError(
      key,
      'has no value; write "" for an empty text, or leave the key out',
    );
  if (key === TEMPLATE_TEMPLATES && typeof value === "object")
    return annotationTextError(
      key,
      "is not a text; write | after the key, which makes one of the YAML below it",
    );
  return annotationError(
    key,
    typeof value === "object"
      ? "is not a text; write it in quotes"
      : `is a ${typeof value}, not a text; write it in quotes`,
    value,
  );
}

function asText(value: unknown): string {
  if (value === null) return "";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** A list of a Pod that the function reads. */
interface PodList {
  /** True if each item needs a name. Volumes and mounts do; the container of a Knative Service does not. */
  readonly named: boolean;
  /** Lists in its items. */
  readonly within: Readonly<Record<string, PodList>>;
}

const MOUNTS: PodList = { named: true, within: {} };
const CONTAINERS: PodList = {
  named: false,
  within: { volumeMounts: MOUNTS, volumeDevices: MOUNTS },
};
const LISTS: Readonly<Record<string, PodList>> = {
  volumes: { named: true, within: {} },
  containers: CONTAINERS,
  initContainers: CONTAINERS,
};

/** Checks the types of the lists that the function reads, and of their items. Replaces what is wrong by an empty list or item. */
function readLists(template: Fields): Checked<Fields> {
  const spec = fieldsOf(template["spec"]);
  const lists = soundLists(spec, ["spec"], LISTS);
  const missing: FieldError = {
    path: ["spec", "containers"],
    detail: "is missing: it lists what the Pod runs",
  };
  return {
    value: { ...template, spec: lists.value },
    problems: [
      ...(spec["containers"] === undefined ? [missing] : []),
      ...lists.problems,
    ],
  };
}

/** The fields, with lists that can be read. */
function soundLists(
  fields: Fields,
  path: readonly PathStep[],
  lists: Readonly<Record<string, PodList>>,
): Checked<Fields> {
  const sound = Object.entries(lists).flatMap(([key, list]) =>
    fields[key] === undefined
      ? []
      : [{ key, ...soundItems(fields[key], [...path, key], list) }],
  );
  return {
    value: {
      ...fields,
      ...Object.fromEntries(sound.map(({ key, value }) => [key, value])),
    },
    problems: sound.flatMap(({ problems }) => problems),
  };
}

/** Each item keeps its index, which other messages name. */
function soundItems(
  value: unknown,
  path: readonly PathStep[],
  { named, within }: PodList,
): Checked<readonly Fields[]> {
  if (!Array.isArray(value))
    return { value: [], problems: [{ path, value, detail: "is not a list" }] };
  const items = value.map((item: unknown, index): Checked<Fields> => {
    const place = [...path, index];
    const detail = itemProblem(item, named);
    return detail === undefined
      ? soundLists(fieldsOf(item), place, within)
      : { value: {}, problems: [{ path: place, value: item, detail }] };
  });
  return {
    value: items.map((item) => item.value),
    problems: items.flatMap(({ problems }) => problems),
  };
}

function itemProblem(item: unknown, named: boolean): string | undefined {
  if (!isFields(item)) return named ? "has no name" : "has no fields";
  const { name } = item;
  if (!named || typeof name === "string") return undefined;
  return name === undefined
    ? "has no name"
    : `has the name ${quoted(name)}, which is not a text; write it in quotes`;
}

/** What is wrong with the labels of a Pod template, to which the function adds its own. */
export function labelsProblem({ metadata }: Fields): FieldError | undefined {
  const { labels } = fieldsOf(metadata);
  // typeof null is "object"; for the API server it is an absent field.
  const isFit = typeof labels === "object" && !Array.isArray(labels);
  if (labels === undefined || isFit) return undefined;
  return {
    value: labels,
    detail: "is not a map of texts",
    path: ["metadata", "labels"],
  };
}
