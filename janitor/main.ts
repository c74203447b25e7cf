import { setTimeout as sleepUntil } from "node:timers/promises";
import {
  ApiStatusError,
  connectApiServer,
} from "../functions/kubernetes/api-server.ts";
import { loadKubeConfig } from "../functions/kubernetes/kube-config.ts";
import type {
  ClusterAccess,
  ServerName,
} from "../functions/kubernetes/kube-config.ts";
import { JANITOR_NAME } from "../functions/contract/keys.ts";
import {
  EXIT_DONE,
  EXIT_FAILED,
  EXIT_UNUSABLE,
} from "../functions/contract/exit-codes.ts";
import manifest from "../package.json" with { type: "json" };
import { errorMessage } from "../functions/contract/error-message.ts";
import { runCertificates } from "./certificates/command.ts";
import { clusterOn } from "./cluster/cluster.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { whyUnusable } from "./cluster/check-connection.ts";
import { limitRequests } from "./cluster/concurrency.ts";
import { explain } from "./explain.ts";
import { readSettings } from "../functions/contract/settings.ts";
import { SWEEP } from "./settings/options.ts";
import type { ClaimAddress } from "./settings/options.ts";
import type { JanitorOptions } from "./settings/options.ts";
import { hasFailures } from "./actions/outcome.ts";
import type { SweepReport } from "./actions/outcome.ts";
import { createProgress } from "./report/progress.ts";
import {
  obtainCredentials,
  checkConnection,
} from "./cluster/check-connection.ts";
import { failureLines, renderJson, renderTable } from "./report/report.ts";
import { describeServer, summaryLine } from "./report/summary.ts";
import { sweep } from "./sweep.ts";

// A reader that stops early, such as `head`, is not a failure.
process.stdout.on("error", () => undefined);
process.exitCode = await main();

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === "certificates") {
    return await runCertificates(rest, process.env, {
      out: (line) => void process.stdout.write(`${line}\n`),
      problem: complain,
    });
  }
  const parsed = readSettings(SWEEP, process.argv.slice(2), process.env);
  switch (parsed.kind) {
    case "print":
      process.stdout.write(parsed.text);
      return EXIT_DONE;
    case "invalid":
      for (const problem of parsed.problems) complain(problem);
      return EXIT_UNUSABLE;
    case "run":
      return await run(parsed.options);
    default:
      return parsed satisfies never;
  }
}

async function run(options: JanitorOptions): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => stop.abort()); // a second one ends the process at once
  const sleep = async (milliseconds: number): Promise<void> => {
    await sleepUntil(milliseconds, undefined, { signal: stop.signal });
  };
  const progress = createProgress(process.stderr);
  let access: ClusterAccess | undefined;
  try {
    access = await loadKubeConfig(process.env, { context: options.context });
    const api = connectApiServer(
      access.config,
      `${JANITOR_NAME}/${manifest.version}`,
      access.forgetCredentials,
    );
    await obtainCredentials(access);
    await checkConnection(api, sleep);
    const cluster = clusterOn(limitRequests(api, options.concurrency), {
      pageSize: options.pageSize,
      namespaces: options.namespaces,
      sleep,
      clock: now,
    });
    if (options.explain)
      return await showExplanation(options.explain, cluster, options);
    const report = await sweep(options, {
      cluster,
      sleep,
      signal: stop.signal,
      progress,
      clock: now,
    });
    progress.end();
    show(report, options, access);
    return hasFailures(report) ? EXIT_FAILED : EXIT_DONE;
  } catch (error) {
    progress.end();
    if (stop.signal.aborted) {
      complain("stopped before the claims were listed; nothing was done");
      return EXIT_FAILED;
    }
    const unusable = whyUnusable(error) ?? whyRejected(error, options);
    const why = unusable ?? whyFailed(error);
    complain(
      access && error instanceof ApiStatusError
        ? `${why}: ${describeServer(access)}`
        : why,
    );
    return unusable === undefined ? EXIT_FAILED : EXIT_UNUSABLE;
  }
}

async function showExplanation(
  address: ClaimAddress,
  cluster: Cluster,
  { gracePeriodMs }: JanitorOptions,
): Promise<number> {
  const text = await explain(address, cluster, gracePeriodMs);
  if (text === undefined) {
    complain(`there is no claim ${address.namespace}/${address.name}`);
    return EXIT_FAILED;
  }
  process.stdout.write(text);
  return EXIT_DONE;
}

function show(
  report: SweepReport,
  { dryRun, onlyChanges, output }: JanitorOptions,
  of: ServerName,
): void {
  for (const line of failureLines(report)) complain(line);
  const summary = `${summaryLine(report, dryRun, of)}\n`;
  if (output === "json") {
    for (const part of renderJson(report, { dryRun, onlyChanges }, of))
      process.stdout.write(part);
    process.stderr.write(summary);
    return;
  }
  const colour = process.stdout.isTTY && !process.env["NO_COLOR"];
  for (const part of renderTable(report, { dryRun, onlyChanges, colour }))
    process.stdout.write(part);
  process.stdout.write(summary);
}

/** Says that the selector cannot be read: another run fails in the same way. */
function whyRejected(
  error: unknown,
  { selector }: JanitorOptions,
): string | undefined {
  return error instanceof ApiStatusError && error.status === 400
    ? `--selector: ${JSON.stringify(selector)} is rejected: ${error.message}`
    : undefined;
}

function whyFailed(error: unknown): string {
  if (!(error instanceof ApiStatusError)) return errorMessage(error);
  const hint =
    error.status === 403
      ? " (--namespace sweeps those that the account has rights in)"
      : "";
  return `cannot list the claims: ${error.message}${hint}`;
}

/** Milliseconds of a clock that never goes back. */
function now(): number {
  return performance.now();
}

function complain(line: string): void {
  process.stderr.write(`janitor: ${line}\n`);
}
