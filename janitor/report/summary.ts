import type { ServerName } from "../../functions/kubernetes/kube-config.ts";
import { outcomesOf } from "../actions/outcome.ts";
import type { SweepReport } from "../actions/outcome.ts";

/** The counters of a run. Field names are kept stable for machines. */
export interface Summary {
  readonly dryRun: boolean;
  /** URL of the API server whose claims these are. */
  readonly server: string;
  /** Context of the kubeconfig; null for the cluster of the Pod itself. */
  readonly context: string | null;
  /** RFC 3339, by the API server's clock; null when nothing could be listed. */
  readonly serverTime: string | null;
  readonly namespaces: number;
  readonly claims: number;
  readonly deleted: number;
  readonly marked: number;
  readonly kept: number;
  readonly gone: number;
  readonly failed: number;
  readonly adopted: number;
  readonly released: number;
  readonly lostEvents: number;
  readonly interrupted: boolean;
  /** How many claims were kept for each reason. */
  readonly keptBecause: Readonly<Record<string, number>>;
}

/** Counts what became of the claims; in a dry run, what would have. */
export function summarize(
  report: SweepReport,
  dryRun: boolean,
  { context, server }: ServerName,
): Summary {
  const decided = { keep: 0, mark: 0, delete: 0, gone: 0, fail: 0 };
  const changed = { adopt: 0, release: 0 };
  const keptBecause: Record<string, number> = {};
  let claims = 0;
  for (const { decision, owners } of outcomesOf(report)) {
    claims += 1;
    decided[decision.decision] += 1;
    if (owners) changed[owners] += 1;
    if (decision.decision === "keep")
      keptBecause[decision.reason] = (keptBecause[decision.reason] ?? 0) + 1;
  }
  return {
    dryRun,
    server,
    context: context ?? null,
    serverTime: Number.isFinite(report.now)
      ? new Date(report.now).toISOString()
      : null,
    namespaces: report.namespaces.length,
    claims,
    deleted: decided.delete,
    marked: decided.mark,
    kept: decided.keep,
    gone: decided.gone,
    failed: decided.fail,
    adopted: changed.adopt,
    released: changed.release,
    lostEvents: report.lostEvents,
    interrupted: report.interrupted,
    keptBecause,
  };
}

/** The counters in one line, without its end. */
export function summaryLine(
  report: SweepReport,
  dryRun: boolean,
  of: ServerName,
): string {
  const summary = summarize(report, dryRun, of);
  const reasons = Object.entries(summary.keptBecause)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, number]) => `${number} ${reason}`);
  const failures = report.namespaces.filter((one) => one.failures.length > 0);
  return [
    ...(dryRun ? ["dry run, nothing was changed: "] : []),
    `${counted(summary.claims, "claim")} in ${counted(summary.namespaces, "namespace")}: `,
    [
      `${summary.deleted} ${dryRun ? "to delete" : "deleted"}`,
      `${summary.marked} ${dryRun ? "to mark" : "marked"}`,
      `${summary.kept} kept${reasons.length > 0 ? ` (${reasons.join(", ")})` : ""}`,
      `${summary.gone} gone already`,
      `${summary.failed} failed`,
    ].join(", "),
    `; owners: ${summary.adopted} ${dryRun ? "to set" : "set"}, ${summary.released} ${dryRun ? "to release" : "released"}`,
    `; on ${describeServer(of)}`,
    ...(failures.length > 0
      ? [`; ${counted(failures.length, "namespace")} with failures`]
      : []),
    ...(summary.lostEvents > 0
      ? [`; ${counted(summary.lostEvents, "Event")} lost`]
      : []),
    ...(summary.interrupted ? ["; stopped before the end"] : []),
  ].join("");
}

/** The server and the context that names it. A name in a kubeconfig may contain control characters. */
export function describeServer({ context, server }: ServerName): string {
  return context === undefined
    ? server
    : `${server} (context ${context.replaceAll(/\p{Cc}+/gu, " ")})`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
