import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { format } from "prettier";
import { chartOf } from "./chart.ts";
import { pageOf } from "./page.ts";
import { withSection } from "./page-section.ts";
import type { Results } from "./results.ts";
import { startTimes } from "./start-times.ts";

export const DIRECTORY = path.join(
  import.meta.dirname,
  "../../../docs/benchmarks",
);
export const RESULTS = path.join(DIRECTORY, "results.json");
/** The comparison with peers, from the directory. */
export const COMPARISON = "../comparison.md";

/** The page and the charts of `results`, by the names of their files, and the page that shows a part of them too. */
export async function filesOf(results: Results): Promise<Map<string, string>> {
  const files = new Map([
    ["README.md", await pageOf(results)],
    ...results.benchmarks.map(
      ({ comparisons, name }) => [`${name}.svg`, chartOf(comparisons)] as const,
    ),
  ]);
  const start = results.benchmarks.find(({ name }) => name === "start");
  if (start)
    files.set(COMPARISON, await comparisonWith("times", startTimes(start)));
  return files;
}

/** docs/comparison.md as it is, with another text in one section. */
export async function comparisonWith(
  section: string,
  text: string,
): Promise<string> {
  const page = await readFile(path.join(DIRECTORY, COMPARISON), "utf8");
  return await format(withSection(page, section, text), { parser: "markdown" });
}

export async function writeFiles(results: Results): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  for (const [name, text] of await filesOf(results))
    await writeFile(path.join(DIRECTORY, name), text);
}
