import { fieldsOf } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { quoted } from "../contract/printable.ts";
import type { PathStep, Problem } from "../field/problem.ts";
import { pathText } from "../field/path-text.ts";

/** Numbers of Pods are an int32 in the API: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentSpec */
const MOST = 2 ** 31 - 1;

const TEMPLATE =
  "is a template that nobody has filled in; render the chart first";

/** Something around a Pod template, with the way to it from the object. */
export interface Surrounding {
  readonly path: readonly PathStep[];
  readonly fields: Fields;
}

/** Everything that `path` leads through, the object first; what is at its end is not among them. */
export function surroundings(
  object: Fields,
  path: readonly PathStep[],
): Surrounding[] {
  return path.map((_, index) => {
    const way = path.slice(0, index);
    const at = way.reduce<unknown>(
      (value, step) => (value as Readonly<Record<PathStep, unknown>>)[step],
      object,
    );
    return { path: way, fields: fieldsOf(at) };
  });
}

/** The number in a field, if it is there; one that Kubernetes does not take goes to `problems` and counts as absent. */
export function wholeNumber(
  { path, fields }: Surrounding,
  field: string,
  problems: Problem[],
): number | undefined {
  const { [field]: value } = fields;
  if (value === undefined || value === null) return undefined;
  if (isWholeNumber(value)) return value;
  const place = [...path, field];
  problems.push({
    message: `${pathText(place)}: ${quoted(value)} ${isTemplate(value) ? TEMPLATE : `is not a whole number from 0 to ${MOST}`}`,
    path: place,
  });
  return undefined;
}

/** True for a text with an action of a chart in it, which quotes made a text. */
function isTemplate(value: unknown): boolean {
  return typeof value === "string" && value.includes("{{");
}

export function isWholeNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST;
}
