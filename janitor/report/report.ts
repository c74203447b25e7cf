import { styleText } from "node:util";
import { formatDuration } from "../../functions/contract/duration.ts";
import type { ServerName } from "../../functions/kubernetes/kube-config.ts";
import { printable } from "../../functions/contract/printable.ts";
import { isChange, outcomesOf } from "../actions/outcome.ts";
import type { Decision, Outcome, SweepReport } from "../actions/outcome.ts";
import { summarize } from "./summary.ts";

const HEADINGS = ["NAMESPACE", "CLAIM", "AGE", "DECISION", "REASON", "WHY"];
const GAP = "   ";

/** The words of the table for what was decided. */
const DONE: Readonly<Record<Decision["decision"], string>> = {
  keep: "kept",
  mark: "marked",
  delete: "deleted",
  gone: "gone",
  fail: "failed",
};

const PLANNED = { ...DONE, mark: "would mark", delete: "would delete" };

const COLOURS = {
  keep: "green",
  mark: "yellow",
  delete: "magenta",
  gone: "gray",
  fail: "red",
} as const satisfies Record<Decision["decision"], string>;

type Colour = (typeof COLOURS)[Decision["decision"]];

/** What a report shows. */
export interface ReportSettings {
  readonly dryRun: boolean;
  /** Leaves out the claims that were only kept. */
  readonly onlyChanges: boolean;
}

/** How the table is shown. */
export interface TableSettings extends ReportSettings {
  readonly colour: boolean;
}

/** A line for every claim that is shown, under headings, in parts that follow each other; none when there are no such claims. */
export function* renderTable(
  report: SweepReport,
  { dryRun, onlyChanges, colour }: TableSettings,
): Generator<string, void> {
  const cellsOf = ({ claim, decision }: Outcome): string[] => [
    claim.namespace,
    claim.name,
    formatDuration(report.now - claim.createdAt),
    (dryRun ? PLANNED : DONE)[decision.decision],
    decision.reason,
    printable(decision.why),
  ];
  const widths = HEADINGS.map((heading) => heading.length);
  let isEmpty = true;
  for (const outcome of shown(outcomesOf(report), onlyChanges)) {
    isEmpty = false;
    for (const [column, cell] of cellsOf(outcome).entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  if (isEmpty) return;
  const lineOf = (row: readonly string[], colouring?: Colour): string => {
    const cells = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    );
    if (colouring)
      cells[3] = styleText(colouring, cells[3] ?? "", {
        validateStream: false,
      });
    return `${cells.join(GAP)}\n`;
  };
  yield lineOf(HEADINGS);
  for (const { outcomes } of report.namespaces)
    yield Array.from(shown(outcomes, onlyChanges), (outcome) =>
      lineOf(
        cellsOf(outcome),
        colour ? COLOURS[outcome.decision.decision] : undefined,
      ),
    ).join("");
}

/** The whole report as one JSON document: `claims`, `failures` and `summary`. It comes in parts that follow each other. */
export function* renderJson(
  report: SweepReport,
  { dryRun, onlyChanges }: ReportSettings,
  of: ServerName,
): Generator<string, void> {
  let before = "";
  yield '{\n  "claims": [';
  for (const { claim, decision, owners } of shown(
    outcomesOf(report),
    onlyChanges,
  )) {
    yield `${before}\n    ${indented(
      {
        namespace: claim.namespace,
        name: claim.name,
        uid: claim.uid,
        ageSeconds: Math.round((report.now - claim.createdAt) / 1_000),
        ...decision,
        ...(owners && { owners }),
      },
      2,
    )}`;
    before = ",";
  }
  yield before === "" ? "]" : "\n  ]";
  const failures = report.namespaces.flatMap(({ namespace, failures: all }) =>
    all.map((message) => ({ namespace, message })),
  );
  yield `,\n  "failures": ${indented(failures, 1)}`;
  yield `,\n  "summary": ${indented(summarize(report, dryRun, of), 1)}\n}\n`;
}

/** All of them, or those that are not only kept. */
function* shown(
  outcomes: Iterable<Outcome>,
  onlyChanges: boolean,
): Generator<Outcome, void> {
  for (const outcome of outcomes)
    if (!onlyChanges || isChange(outcome)) yield outcome;
}

/** As `JSON.stringify` writes a value that stands so deep in a document. */
function indented(value: unknown, depth: number): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    "\n",
    `\n${"  ".repeat(depth)}`,
  );
}

/** The failures for stderr, one line each. */
export function failureLines(report: SweepReport): string[] {
  return report.namespaces.flatMap(({ namespace, failures }) =>
    failures.map((failure) => `namespace ${namespace}: ${printable(failure)}`),
  );
}
