/**
 * Measures the product and its peers, and writes both tables of docs/comparison.md:
 *     node tests/benchmarks/comparison-page.ts [--rounds 5] [--quick] [--only times|aftermath]
 * `--quick` prints the tables and writes nothing.
 */
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import type { Comparison, Series } from "./measure/comparison.ts";
import { median } from "./measure/statistics.ts";
import { findAftermaths } from "./start/aftermath.ts";
import type { Aftermath } from "./start/aftermath.ts";
import { start } from "./start/start.ts";

const PAGE = path.join(import.meta.dirname, "../../docs/comparison.md");

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
  },
});
const { only, quick } = values;
const progress = (step: string): void => {
  process.stderr.write(`${step}\n`);
};

/** The machine, the day and what else the machine did, as the end of a sentence. */
function circumstances(): string {
  const model = cpus()[0]?.model ?? "";
  const [load = 0] = loadavg();
  const day = new Date().toISOString().slice(0, 10);
  return `on ${day}, on ${cpus().length} cores of ${model.trim()}, with a load of ${load.toFixed(1)} at the start`;
}

if (only !== "aftermath") {
  const when = circumstances();
  const rounds = quick ? 1 : Number(values.rounds);
  const comparisons = await start.run({ quick, rounds, progress });
  await publish(
    "times",
    `Measured ${when}, in ${rounds} rounds.\n\n${timesTable(comparisons)}`,
  );
}
if (only !== "times") {
  const when = circumstances();
  await publish(
    "aftermath",
    `Found out ${when}.\n\n${aftermathTable(await findAftermaths(progress))}`,
  );
}

/** A row for each way, with columns for each number of Pods. */
function timesTable(comparisons: readonly Comparison[]): string {
  const sizes = new Set(
    comparisons.map(({ id }) => id.split("-").at(-1) ?? ""),
  );
  const columns = [...sizes].flatMap((size) => [
    { head: `${size} Pods exist`, id: `exist-${size}` },
    { head: `${size} Pods run`, id: `running-${size}` },
  ]);
  const names = new Set(
    comparisons.flatMap(({ series }) => series.map(({ name }) => name)),
  );
  return table(
    ["seconds until", ...columns.map(({ head }) => head)],
    [...names].map((name) => [
      name,
      ...columns.map(({ id }) =>
        cellOf(
          comparisons
            .filter((one) => one.id.endsWith(id))
            .flatMap(({ series }) => series)
            .find((one) => one.name === name),
        ),
      ),
    ]),
  );
}

function cellOf(series: Series | undefined): string {
  if (!series || series.values.length === 0) return "";
  const seconds = series.values;
  const [middle, low, high] = [
    median(seconds),
    Math.min(...seconds),
    Math.max(...seconds),
  ].map((value) => value.toFixed(1));
  return `${middle} (${low} to ${high})`;
}

/** A row for each question, with a column for each way. */
function aftermathTable(aftermaths: readonly Aftermath[]): string {
  const titles = Object.keys(aftermaths[0]?.cells ?? {});
  return table(
    ["", ...aftermaths.map(({ way }) => way)],
    titles.map((title) => [
      title,
      ...aftermaths.map(({ cells }) => cells[title] ?? ""),
    ]),
  );
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** Replaces what stands between the two comments with this name in the page. */
async function publish(name: string, text: string): Promise<void> {
  console.log(text);
  if (quick) return;
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const page = await readFile(PAGE, "utf8");
  const [before, rest] = page.split(begin);
  const [, after] = (rest ?? "").split(end);
  if (before === undefined || after === undefined)
    throw new Error(`${PAGE} does not have ${begin} and ${end}`);
  await writeFile(
    PAGE,
    await format(`${before}${begin}\n\n${text}\n\n${end}${after}`, {
      filepath: PAGE,
    }),
  );
}
