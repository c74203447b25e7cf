import { isDnsSubdomain } from "../kubernetes/names.ts";
import { TEMPLATE_IDLE_TTL } from "../contract/keys.ts";
import {
  modesTogetherProblem,
  storageClassProblem,
  volumeProblem,
} from "./field-rules.ts";
import { fieldsOf, isWithin, listOf, ruled } from "../field/finding.ts";
import type { Fields, Finding } from "../field/finding.ts";
import {
  annotationFindings,
  labelFindings,
  selectorFindings,
} from "./metadata.ts";
import {
  idleTtlContradiction,
  LIFE_CYCLE_KEYS,
  lifeCycleIn,
  mergeLifeCycles,
} from "./life-cycle.ts";
import type { LifeCycle } from "./life-cycle.ts";
import { quantityText, resourcesFindings } from "./quantities.ts";
import { shapeFindings } from "./shape.ts";
import { sourceFindings } from "./source-findings.ts";
import type { ClaimSpec, VolumeClaimTemplate } from "./template.ts";

/**
 * Everything that is wrong with one template of the full form: what its shape is, then what the API server would refuse
 * or silently drop when the claim is created. `pod` is the life cycle that the Pod gives all its volumes.
 */
export function templateFindings(value: unknown, pod: LifeCycle): Finding[] {
  const ofShape = shapeFindings(value);
  const ofContent = contentFindings(fieldsOf(value), pod).filter(
    (finding) => !ofShape.some((other) => isWithin(finding, other)),
  );
  return [...ofShape, ...ofContent];
}

/** The template in `value`, in which nothing was found; `lifeCycle` is its own. */
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

function contentFindings(template: Fields, pod: LifeCycle): Finding[] {
  const { name, labels, annotations } = fieldsOf(template["metadata"]);
  const spec = fieldsOf(template["spec"]);
  return [
    ...ruled(name, ["metadata", "name"], volumeProblem),
    ...labelFindings(labels, name),
    ...annotationFindings(annotations),
    ...lifeCycleFindings(lifeCycleIn(fieldsOf(annotations)), pod),
    ...accessModesFindings(spec["accessModes"]),
    ...resourcesFindings(spec["resources"]),
    ...ruled(
      spec["storageClassName"],
      ["spec", "storageClassName"],
      storageClassProblem,
    ),
    ...ruled(
      spec["volumeAttributesClassName"],
      ["spec", "volumeAttributesClassName"],
      (text) =>
        text === "" || isDnsSubdomain(text)
          ? undefined
          : "is not the name of a volume attributes class",
    ),
    ...ruled(spec["volumeName"], ["spec", "volumeName"], (text) =>
      text === "" || isDnsSubdomain(text)
        ? undefined
        : "is not the name of a volume",
    ),
    ...selectorFindings(spec["selector"]),
    ...sourceFindings(spec),
  ];
}

function* lifeCycleFindings(
  own: LifeCycle,
  pod: LifeCycle,
): Generator<Finding> {
  const says = idleTtlContradiction(mergeLifeCycles(pod, own));
  if (says !== undefined)
    yield {
      path: ["metadata", "annotations", TEMPLATE_IDLE_TTL],
      value: own[TEMPLATE_IDLE_TTL],
      says,
    };
}

function* accessModesFindings(value: unknown): Generator<Finding> {
  const path = ["spec", "accessModes"];
  const modes = listOf(value);
  if (value === undefined)
    yield {
      path,
      says: "is missing: it gives at least one mode, such as [ReadWriteOnce]",
    };
  else if (modes.length === 0)
    yield {
      path,
      value,
      says: "names no mode; give at least one, such as [ReadWriteOnce]",
    };
  const says = modesTogetherProblem(modes.map(String));
  if (says !== undefined) yield { path, value, says };
}

/** A StatefulSet takes `storage: 10` for a quantity, too, and stores the text. */
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
