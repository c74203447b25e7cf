import { fieldsOf } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import { annotationProblem, quoted } from "../pod/problem.ts";
import type { PathStep, Problem } from "../pod/problem.ts";
import { TEMPLATE_TEMPLATES } from "../well-known.ts";
import { ourAnnotations, pathText } from "./pod-templates.ts";

/** Lists of a Pod that the function reads, and those in their items. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  volumes: [],
  containers: ["volumeMounts", "volumeDevices"],
  initContainers: ["volumeMounts", "volumeDevices"],
};

// What the API server refuses before the function sees a Pod, as far as the function relies on it.

/** Annotations of ours that are no texts, in a template as it stands in the manifest. */
export function annotationTypeProblems(template: Fields): Problem[] {
  const annotations = fieldsOf(fieldsOf(template["metadata"])["annotations"]);
  return ourAnnotations(template).flatMap((key) => {
    const value = annotations[key];
    return typeof value === "string"
      ? []
      : [annotationProblem(key, `: ${typeProblem(key, value)}`)];
  });
}

/** Lists that are none, or that hold something else than objects with a name. */
export function listProblems(template: Fields): Problem[] {
  const spec = fieldsOf(template["spec"]);
  return Object.entries(LISTS).flatMap(([list, within]) =>
    problemsOfList(spec[list], ["spec", list], within),
  );
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

function problemsOfList(
  value: unknown,
  path: readonly PathStep[],
  within: readonly string[],
): Problem[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    return [problem(path, `${quoted(value)} is not a list`)];
  return value.flatMap((item: unknown, index) => {
    const place = [...path, index];
    const fields = fieldsOf(item);
    if (typeof fields["name"] !== "string")
      return [problem(place, `${quoted(item)} has no name`)];
    return within.flatMap((list) =>
      problemsOfList(fields[list], [...place, list], []),
    );
  });
}

function problem(path: readonly PathStep[], says: string): Problem {
  return { message: `${pathText(path)}: ${says}`, path };
}
