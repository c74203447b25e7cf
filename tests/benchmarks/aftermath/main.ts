/**
 * Finds out what the product and its peers leave behind, and writes the second table of docs/comparison.md:
 *     node tests/benchmarks/aftermath/main.ts
 * `npm run bench -- --only start` writes the first.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { circumstances } from "../measure/circumstances.ts";
import { measuredOn } from "../report/measured-on.ts";
import { markdownTable } from "../report/page-section.ts";
import { COMPARISON, comparisonWith, DIRECTORY } from "../report/published.ts";
import { findAftermaths } from "./aftermath.ts";
import type { Aftermath } from "./aftermath.ts";

const when = measuredOn(await circumstances());
const aftermaths = await findAftermaths((step) => {
  process.stderr.write(`${step}\n`);
});
const text = `Found out ${when}.\n\n${tableOf(aftermaths)}`;
console.log(text);
await writeFile(
  path.join(DIRECTORY, COMPARISON),
  await comparisonWith("aftermath", text),
);

/** A row for each question, with a column for each way. */
function tableOf(found: readonly Aftermath[]): string {
  const titles = Object.keys(found[0]?.cells ?? {});
  return markdownTable(
    ["", ...found.map(({ way }) => way)],
    titles.map((title) => [
      title,
      ...found.map(({ cells }) => cells[title] ?? ""),
    ]),
  );
}
