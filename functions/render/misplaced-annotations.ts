import { locateProblem } from "./locate-problem.ts";
import type { LocatedProblem } from "./locate-problem.ts";
import type { Manifest } from "./read-manifests.ts";
import { pathText } from "../field/path-text.ts";
import { misplacedAnnotationsIn, podTemplatesIn } from "./pod-templates.ts";

/** Warnings of annotations of ours in an object that `title` names, where nothing reads them. */
export function misplacedAnnotations(
  manifest: Manifest,
  title: string,
): LocatedProblem[] {
  const [template, ...more] = podTemplatesIn(manifest.object);
  const instead =
    template && more.length === 0
      ? `, ${pathText([...template.path, "metadata", "annotations"])}`
      : "";
  return misplacedAnnotationsIn(manifest.object).map(({ path, keys }) => {
    const place = [...path, "metadata", "annotations"];
    const who = `${title} ${pathText(place)}`;
    const [key = ""] = keys;
    return locateProblem(manifest, who, place, {
      message: `nothing reads ${keys.join(", ")} here; annotations belong on the Pod template${instead}`,
      path: [key],
    });
  });
}
