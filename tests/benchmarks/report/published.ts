import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { chartOf } from "./chart.ts";
import { pageOf } from "./page.ts";
import type { Results } from "./results.ts";

export const DIRECTORY = path.join(
  import.meta.dirname,
  "../../../docs/benchmarks",
);
export const RESULTS = path.join(DIRECTORY, "results.json");

/** The page and the charts of `results`, by the names of their files. */
export async function filesOf(results: Results): Promise<Map<string, string>> {
  return new Map([
    ["README.md", await pageOf(results)],
    ...results.benchmarks.map(
      ({ comparisons, name }) => [`${name}.svg`, chartOf(comparisons)] as const,
    ),
  ]);
}

export async function writeFiles(results: Results): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  for (const [name, text] of await filesOf(results))
    await writeFile(path.join(DIRECTORY, name), text);
}
