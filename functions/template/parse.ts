import {
  REUSE,
  TEMPLATE_PREFIX,
  TEMPLATE_RETENTION,
  TEMPLATE_TEMPLATES,
} from "../contract/keys.ts";
import { readFullForm } from "./full-form.ts";
import {
  LIFE_CYCLE_KEYS,
  lifeCycleIn,
  lifeCycleProblem,
} from "../contract/life-cycle.ts";
import {
  contradictionsOfPod,
  disagreements,
  mergeLifeCycles,
} from "./life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";
import { readShortForm, SHORT_FORM_KEYS } from "./short-form.ts";
import type { VolumeClaimTemplate, ClaimVolume } from "./template.ts";
import { annotationError } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import { rejectedValue } from "../field/value.ts";
import { quoted } from "../contract/printable.ts";

/** What the annotations of a Pod ask for; `errors` has all errors. */
export type ParsedTemplates =
  | { readonly kind: "none" }
  | {
      readonly kind: "templates";
      readonly templates: readonly VolumeClaimTemplate[];
      /** One for each template, in the same order. */
      readonly volumes: readonly ClaimVolume[];
      readonly warnings: readonly FieldError[];
    }
  | {
      readonly kind: "invalid";
      readonly errors: readonly FieldError[];
      /** Volumes with valid names, so that their errors in the Pod come in the same answer. */
      readonly volumes: readonly ClaimVolume[];
    };

const KNOWN_KEYS: readonly string[] = [
  ...SHORT_FORM_KEYS,
  TEMPLATE_TEMPLATES,
  ...LIFE_CYCLE_KEYS,
];

/**
 * Reads the annotations of a Pod or of a Pod template, in either form, and finds all errors. It is asynchronous because the full
 * form's YAML parser is loaded on first use.
 */
export async function parseTemplates(
  annotations: Readonly<Record<string, string>> | undefined,
): Promise<ParsedTemplates> {
  const ours = Object.entries(annotations ?? {}).filter(([key]) =>
    key.startsWith(TEMPLATE_PREFIX),
  );
  if (ours.length === 0) return { kind: "none" };

  const given = new Map(ours);
  const lifeCycle = lifeCycleIn(Object.fromEntries(ours));
  const text = given.get(TEMPLATE_TEMPLATES);
  const form =
    text === undefined
      ? readShortForm(given)
      : await readFullForm(text, lifeCycle);
  const { templates, volumes, warnings } = form;
  const errors = [
    ...ours.flatMap(([key, value]) => keyErrors(key, value, given)),
    ...form.errors,
    ...lifeCycleErrors(lifeCycle, form.lifeCycles),
  ];
  if (errors.length > 0) return { kind: "invalid", errors, volumes };
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

/** The error of an unknown key, or of a key of the short form beside the full form. */
function keyErrors(
  key: string,
  value: string,
  given: ReadonlyMap<string, string>,
): FieldError[] {
  const detail = !KNOWN_KEYS.includes(key)
    ? `has an unknown key; known are ${KNOWN_KEYS.join(", ")}`
    : SHORT_FORM_KEYS.includes(key) && given.has(TEMPLATE_TEMPLATES)
      ? `contradicts ${TEMPLATE_TEMPLATES}: describe the volumes in one of the two forms`
      : undefined;
  return detail === undefined ? [] : [annotationError(key, detail, value)];
}

/** The errors of the Pod's own life-cycle keys, and between its volumes; `ofVolumes` has the keys of each volume. */
function lifeCycleErrors(
  lifeCycle: LifeCycle,
  ofVolumes: readonly LifeCycle[] = [],
): FieldError[] {
  const contradictions = contradictionsOfPod(lifeCycle, ofVolumes);
  const ofKeys = Object.entries(lifeCycle).flatMap(([key, value]) => {
    const wrong = lifeCycleProblem(key, value);
    const detail =
      wrong === undefined
        ? contradictions.get(key)
        : rejectedValue(value, wrong);
    return detail === undefined ? [] : [annotationError(key, detail, value)];
  });
  const merged = ofVolumes.map((own) => mergeLifeCycles(lifeCycle, own));
  return [
    ...ofKeys,
    ...disagreements(merged).map(([key, values]) =>
      annotationError(
        key,
        `differs between the templates with ${TEMPLATE_RETENTION}: ${REUSE}: ${values.map((value) => (value === undefined ? "none" : quoted(value))).join(", ")}; the claims of a Pod are handed over together, so give all of them the same value, or set it on the Pod`,
      ),
    ),
  ];
}
