import { fieldsOf } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { quoted } from "../contract/printable.ts";
import { annotationProblem } from "../field/problem.ts";
import type { Problem } from "../field/problem.ts";
import { TEMPLATE_TEMPLATES } from "../contract/keys.ts";
import { ourAnnotations } from "./pod-templates.ts";

/** A Pod template that the function can read, and what the API server would have refused of it. */
export interface Readable {
  readonly template: Fields;
  readonly problems: readonly Problem[];
}

/**
 * Finds annotations of ours that are no texts. They go on as the texts that quotes would make of them, so that what else is
 * wrong comes out in the same run.
 */
export function readAnnotations(template: Fields): Readable {
  const metadata = fieldsOf(template["metadata"]);
  const annotations = fieldsOf(metadata["annotations"]);
  const wrong = ourAnnotations(template).filter(
    (key) => typeof annotations[key] !== "string",
  );
  const texts = wrong.map((key) => [key, textOf(annotations[key])]);
  return {
    template: {
      ...template,
      metadata: {
        ...metadata,
        annotations: { ...annotations, ...Object.fromEntries(texts) },
      },
    },
    problems: wrong.map((key) =>
      annotationProblem(key, `: ${typeProblem(key, annotations[key])}`),
    ),
  };
}

function typeProblem(key: string, value: unknown): string {
  if (value === null)
    return 'has no value; write "" for an empty text, or leave the key out';
  if (typeof value !== "object")
    return `${quoted(value)} is a ${typeof value}, not a text; write it in quotes`;
  return key === TEMPLATE_TEMPLATES
    ? "is not a text; write | after the key, which makes one of the YAML below it"
    : `${quoted(value)} is not a text; write it in quotes`;
}

function textOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}
