import type { LocatedProblem } from "./locate-problem.ts";
import type { ManifestFile } from "./manifest-files.ts";
import { readManifests } from "./read-manifests.ts";
import { renderManifest } from "./render-manifest.ts";
import type { Rendering } from "./render-manifest.ts";

/** What came of all files, in their order; problems and warnings of a file in the order of its lines. */
export interface RenderedFiles {
  readonly renderings: readonly Rendering[];
  readonly problems: readonly LocatedProblem[];
  readonly warnings: readonly LocatedProblem[];
}

/** Renders every object of every file, whatever is wrong with others. */
export async function renderFiles(
  files: readonly ManifestFile[],
  namespace?: string,
): Promise<RenderedFiles> {
  const renderings: Rendering[] = [];
  const problems: LocatedProblem[] = [];
  const warnings: LocatedProblem[] = [];
  for (const file of files) {
    const read = readManifests(file);
    const refused = [...read.problems];
    const doubtful: LocatedProblem[] = [];
    for (const manifest of read.manifests) {
      const outcome = await renderManifest(manifest, namespace);
      if (outcome.rendering) renderings.push(outcome.rendering);
      refused.push(...outcome.problems);
      doubtful.push(...outcome.warnings);
    }
    problems.push(...refused.toSorted(byPlace));
    warnings.push(...doubtful.toSorted(byPlace));
  }
  return { renderings, problems, warnings };
}

function byPlace(left: LocatedProblem, right: LocatedProblem): number {
  return left.line - right.line || left.column - right.column;
}
