import { styleText } from "node:util";
import { formatDuration } from "../../functions/contract/duration.ts";
import type { ServerName } from "../../functions/kubernetes/kube-config.ts";
import { printable } from "../../functions/contract/printable.ts";
import { outcomesOf } from "../actions/outcome.ts";
import type { Decision, SweepReport } from "../actions/outcome.ts";
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

/** How the table is shown. */
export interface TableSettings {
  readonly dryRun: boolean;
  readonly colour: boolean;
}

/** A line for every claim, under headings; empty when there are no claims. */
export function renderTable(
  report: SweepReport,
  { dryRun, colour }: TableSettings,
): string {
  const words = dryRun ? PLANNED : DONE;
  const outcomes = outcomesOf(report);
  if (outcomes.length === 0) return "";
  const rows = outcomes.map(({ claim, decision }) => [
    claim.namespace,
    claim.name,
    formatDuration(report.now - claim.createdAt),
    words[decision.decision],
    decision.reason,
    printable(decision.why),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    rows.reduce(
      (width, row) => Math.max(width, row[column]?.length ?? 0),
      heading.length,
    ),
  );
  const pad = (row: readonly string[]): string[] =>
    row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    );
  const lines = rows.map((row, index) => {
    const cells = pad(row);
    const decision = outcomes[index]?.decision.decision;
    if (colour && decision)
      cells[3] = styleText(COLOURS[decision], cells[3] ?? "", {
        validateStream: false,
      });
    return cells.join(GAP);
  });
  return `${[pad(HEADINGS).join(GAP), ...lines].join("\n")}\n`;
}

/** The whole report as one JSON document: `claims`, `failures` and `summary`. */
export function renderJson(
  report: SweepReport,
  dryRun: boolean,
  of: ServerName,
): string {
  const document = {
    claims: outcomesOf(report).map(({ claim, decision, owners }) => ({
      namespace: claim.namespace,
      name: claim.name,
      uid: claim.uid,
      ageSeconds: Math.round((report.now - claim.createdAt) / 1_000),
      ...decision,
      ...(owners && { owners }),
    })),
    failures: report.namespaces.flatMap(({ namespace, failures }) =>
      failures.map((message) => ({ namespace, message })),
    ),
    summary: summarize(report, dryRun, of),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The failures for stderr, one line each. */
export function failureLines(report: SweepReport): string[] {
  return report.namespaces.flatMap(({ namespace, failures }) =>
    failures.map((failure) => `namespace ${namespace}: ${printable(failure)}`),
  );
}
