import { problemLine } from "../../../functions/render/locate-problem.ts";
import { renderFiles } from "../../../functions/render/render-files.ts";
import type { Rendering } from "../../../functions/render/render-files.ts";

/** What came of a text, with problems and warnings as lines. */
export interface Rendered {
  readonly renderings: readonly Rendering[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Renders a text as the file `a.yaml`. */
export async function rendered(
  text: string,
  namespace?: string,
): Promise<Rendered> {
  const { renderings, problems, warnings } = await renderFiles(
    [{ file: "a.yaml", text }],
    namespace,
  );
  return {
    renderings,
    problems: problems.map((problem) => problemLine(problem)),
    warnings: warnings.map((warning) => problemLine(warning)),
  };
}

/** The only rendering. Throws with the problems if there is none, and if there are several. */
export async function renderedOne(
  text: string,
  namespace?: string,
): Promise<Rendering> {
  const { renderings, problems } = await rendered(text, namespace);
  const [one, ...more] = renderings;
  if (!one || more.length > 0)
    throw new Error(`${renderings.length} renderings; ${problems.join("; ")}`);
  return one;
}
