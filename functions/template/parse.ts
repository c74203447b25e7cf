import {
  TEMPLATE_IDLE_TTL,
  TEMPLATE_PREFIX,
  TEMPLATE_TEMPLATES,
} from "../contract/keys.ts";
import { readFullForm } from "./full-form.ts";
import {
  idleTtlOfPodContradiction,
  LIFE_CYCLE_KEYS,
  lifeCycleIn,
  lifeCycleProblem,
  mergeLifeCycles,
} from "./life-cycle.ts";
import type { LifeCycle } from "./life-cycle.ts";
import { refusedValue } from "../field/refused-value.ts";
import { readShortForm, SHORT_FORM_KEYS } from "./short-form.ts";
import type { VolumeClaimTemplate, VolumeToPlace } from "./template.ts";
import { quoted } from "../contract/printable.ts";
import { annotationProblem } from "../field/problem.ts";
import type { Problem } from "../field/problem.ts";

/** What the annotations of a Pod ask for; `problems` names everything that is wrong. */
export type ParsedTemplates =
  | { readonly kind: "none" }
  | {
      readonly kind: "templates";
      readonly templates: readonly VolumeClaimTemplate[];
      /** One for each template, in the same order. */
      readonly volumes: readonly VolumeToPlace[];
      readonly warnings: readonly Problem[];
    }
  | {
      readonly kind: "invalid";
      readonly problems: readonly Problem[];
      /** Volumes that are named all the same, so that what is wrong with them in the Pod can be told as well. */
      readonly volumes: readonly VolumeToPlace[];
    };

const KNOWN_KEYS: readonly string[] = [
  ...SHORT_FORM_KEYS,
  TEMPLATE_TEMPLATES,
  ...LIFE_CYCLE_KEYS,
];

/**
 * Reads the annotations of a Pod or of a Pod template, in either form. All problems are found, not only the first. It
 * depends on nothing but its argument; it is asynchronous because the full form's YAML parser is loaded on first use.
 */
export async function parseTemplates(
  annotations: Readonly<Record<string, string>> | undefined,
): Promise<ParsedTemplates> {
  const ours = Object.entries(annotations ?? {}).filter(([key]) =>
    key.startsWith(TEMPLATE_PREFIX),
  );
  if (ours.length === 0) return { kind: "none" };

  const given = new Map(ours);
  const problems = ours.flatMap(([key, value]) => misplaced(key, value, given));
  const lifeCycle = lifeCycleIn(Object.fromEntries(ours));
  const text = given.get(TEMPLATE_TEMPLATES);
  const { templates, lifeCycles, volumes, warnings } =
    text === undefined
      ? readShortForm(given, problems)
      : await readFullForm(text, lifeCycle, problems);
  problems.push(...lifeCycleProblems(lifeCycle, lifeCycles));

  if (problems.length > 0) return { kind: "invalid", problems, volumes };
  return {
    kind: "templates",
    templates: templates.map((template) => ({
      ...template,
      lifeCycle: mergeLifeCycles(lifeCycle, template.lifeCycle),
    })),
    volumes,
    warnings,
  };
}

/** A key that nobody knows, or one of the short form beside the full form. */
function misplaced(
  key: string,
  value: string,
  given: ReadonlyMap<string, string>,
): Problem[] {
  const says = !KNOWN_KEYS.includes(key)
    ? `has an unknown key; known are ${KNOWN_KEYS.join(", ")}`
    : SHORT_FORM_KEYS.includes(key) && given.has(TEMPLATE_TEMPLATES)
      ? `contradicts ${TEMPLATE_TEMPLATES}: describe the volumes in one of the two forms`
      : undefined;
  return says === undefined
    ? []
    : [annotationProblem(key, `: ${quoted(value)} ${says}`)];
}

/** What is wrong with the Pod's own life-cycle keys, given those of each volume. */
function lifeCycleProblems(
  lifeCycle: LifeCycle,
  ofVolumes: readonly LifeCycle[] | undefined,
): Problem[] {
  return Object.entries(lifeCycle).flatMap(([key, value]) => {
    const wrong = lifeCycleProblem(key, value);
    const says =
      wrong !== undefined
        ? refusedValue(value, wrong)
        : key === TEMPLATE_IDLE_TTL && ofVolumes
          ? idleTtlOfPodContradiction(lifeCycle, ofVolumes)
          : undefined;
    return says === undefined
      ? []
      : [annotationProblem(key, `: ${quoted(value)} ${says}`)];
  });
}
