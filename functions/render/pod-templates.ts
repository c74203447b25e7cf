import { fieldsOf } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import type { PathStep } from "../field/problem.ts";
import { TEMPLATE_PREFIX } from "../contract/keys.ts";
import { isOfCore } from "./known-kinds.ts";

/** A Pod or a Pod template. */
export interface PodTemplate {
  /** The way from the object to it; empty for a Pod, which is its own. */
  readonly path: readonly PathStep[];
  readonly template: Fields;
}

/**
 * The Pod templates in an object of whatever kind. They are known by their shape, a `spec` with `containers`, so that kinds
 * nobody has heard of count as well, wherever they keep their templates.
 */
export function podTemplatesIn(
  value: unknown,
  path: readonly PathStep[] = [],
): PodTemplate[] {
  if (typeof value !== "object" || value === null) return [];
  if (isPodTemplate(value, path.at(-1)))
    return [{ path, template: fieldsOf(value) }];
  return childrenOf(value).flatMap(([step, child]) =>
    podTemplatesIn(child, [...path, step]),
  );
}

/** Objects in `value` with annotations of ours on them where nothing reads them: on a Deployment instead of its Pod template. */
export function misplacedAnnotationsIn(
  value: unknown,
  path: readonly PathStep[] = [],
): { readonly path: readonly PathStep[]; readonly keys: readonly string[] }[] {
  if (typeof value !== "object" || value === null) return [];
  if (isPodTemplate(value, path.at(-1)) || isClaim(value)) return [];
  const keys = ourAnnotations(fieldsOf(value));
  return [
    ...(keys.length > 0 ? [{ path, keys }] : []),
    ...childrenOf(value).flatMap(([step, child]) =>
      // A StatefulSet's own templates may have been copied from ours.
      step === "volumeClaimTemplates"
        ? []
        : misplacedAnnotationsIn(child, [...path, step]),
    ),
  ];
}

/** Keys of the annotations on an object that are for us. */
export function ourAnnotations({ metadata }: Fields): string[] {
  return Object.keys(fieldsOf(fieldsOf(metadata)["annotations"])).filter(
    (key) => key.startsWith(TEMPLATE_PREFIX),
  );
}

/**
 * One whose containers are forgotten or no list is known by our annotations, so that this is said of it, not that nothing
 * reads them there. A Job template has annotations of its own, and the Pod template below it.
 */
function isPodTemplate(value: object, step: PathStep | undefined): boolean {
  const fields = fieldsOf(value);
  const spec = fieldsOf(fields["spec"]);
  if (Array.isArray(spec["containers"])) return true;
  return (
    ourAnnotations(fields).length > 0 &&
    ("containers" in spec ||
      (step === "template" && !("template" in spec)) ||
      isOfCore(fields, "Pod"))
  );
}

/** Claims carry their life cycle. */
function isClaim(value: object): boolean {
  return isOfCore(value, "PersistentVolumeClaim");
}

function childrenOf(value: object): [PathStep, unknown][] {
  return Array.isArray(value)
    ? value.map((child: unknown, index) => [index, child])
    : Object.entries(value);
}
