import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { errorMessage } from "../../../functions/contract/error-message.ts";
import { freePort, listening } from "../../control-plane/free-port.ts";
import { eventually } from "../../support/eventually.ts";
import { alertRules, hurried } from "./alert-rules.ts";
import { apply } from "../steps/cluster.ts";
import { nodeState, skipBecause } from "../steps/mocha-output.ts";
import { createNamespace, deleteNamespace } from "../steps/namespaces.ts";
import {
  podTargets,
  prometheusObject,
  writeConfig,
} from "./prometheus-config.ts";

const { namespace } = prometheusObject.metadata;

/** The alerts count failures of the last five minutes. */
const quietTimeoutMs = 7 * 60_000;
/** Two values of a counter, then ten seconds of waiting, on a busy machine. */
const firesTimeoutMs = 180_000;

/** The address of the running Prometheus. */
let address = "";

/** A series with its value at this moment. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
  readonly scrapeUrl: string;
}

/** The path of a program that tests/e2e/components/monitoring has built. Skips where it is not there. */
export function monitoringProgram(
  context: Mocha.Context,
  name: string,
): string {
  const directory =
    process.env["E2E_MONITORING"] ??
    skipBecause(context, "the component monitoring is not there");
  return path.join(directory, name);
}

/**
 * Runs Prometheus on this machine while the calling suite runs: with the settings that the operator makes of our PodMonitor and
 * PrometheusRule, with `hurried` alerts, and with what people usually have it read, the API server and kube-state-metrics.
 */
export function usePrometheus(): void {
  let directory = "";
  let discovery: Server | undefined;
  let child: ChildProcess | undefined;

  before(async function () {
    const program = monitoringProgram(this, "prometheus");
    const keys = path.join(nodeState(this), "keys");
    directory = await mkdtemp(
      path.join(tmpdir(), "stateful-deployments-prometheus-"),
    );
    await createNamespace(namespace, prometheusObject);
    await apply(hurried(await alertRules(), namespace));
    discovery = targetServer();
    const port = await listening(discovery);
    await writeConfig(directory, `http://127.0.0.1:${port}`, 2, [
      {
        job_name: "apiserver",
        scheme: "https",
        tls_config: {
          ca_file: path.join(keys, "ca.crt"),
          cert_file: path.join(keys, "admin.crt"),
          key_file: path.join(keys, "admin.key"),
        },
        static_configs: [{ targets: [apiServer()] }],
      },
      {
        job_name: "kube-state-metrics",
        // The namespace of its metrics is that of the object, as in the usual installations.
        honor_labels: true,
        static_configs: [{ targets: [process.env["E2E_STATE_METRICS"]] }],
      },
    ]);
    address = `127.0.0.1:${await freePort()}`;
    const log = await open(path.join(directory, "log"), "w");
    child = spawn(
      program,
      [
        `--config.file=${directory}/prometheus.yaml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=${address}`,
      ],
      { stdio: ["ignore", log.fd, log.fd] },
    );
    await log.close();
    await eventually("Prometheus answers", async () => {
      if (child?.exitCode !== null)
        throw new Error(await readFile(path.join(directory, "log"), "utf8"));
      return (await query("vector(1)")).length === 1;
    });
  });

  after(async () => {
    if (child !== undefined && child.exitCode === null) {
      const exited = once(child, "exit");
      child.kill();
      await exited;
    }
    discovery?.close();
    if (directory === "") return;
    await deleteNamespace(namespace);
    await rm(directory, { recursive: true, force: true });
  });
}

/** Host and port of the API server. */
function apiServer(): string {
  const config = new KubeConfig();
  config.loadFromDefault();
  return new URL(config.getCurrentCluster()?.server ?? "").host;
}

/** A server whose paths are names of namespaces, and whose answers are the targets there. */
function targetServer(): Server {
  return createServer((request, response) => {
    podTargets((request.url ?? "/").slice(1).split(",")).then(
      (targets) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(targets));
      },
      (error: unknown) => {
        response.statusCode = 500;
        response.end(errorMessage(error));
      },
    );
  });
}

/** What Prometheus answers to an expression. Throws if that is wrong. */
export async function query(expression: string): Promise<Sample[]> {
  const { result } = await ask<{
    result: readonly {
      metric: Record<string, string>;
      value: [number, string];
    }[];
  }>(`query?query=${encodeURIComponent(expression)}`);
  return result.map(({ metric, value: [, value] }) => ({
    metric,
    value: Number(value),
  }));
}

/** Those that Prometheus has found, with the outcome of the last scrape. */
export async function targetsOf(job: string): Promise<Target[]> {
  const { activeTargets } = await ask<{ activeTargets: readonly Target[] }>(
    "targets?state=active",
  );
  return activeTargets.filter(({ labels }) => labels["job"] === job);
}

/** The alerts that it has loaded, by their names, each with what is wrong with it. */
export async function ruleErrors(): Promise<Map<string, string>> {
  const { groups } = await ask<{
    groups: readonly {
      rules: readonly { name: string; health: string; lastError?: string }[];
    }[];
  }>("rules?type=alert");
  return new Map(
    groups
      .flatMap(({ rules }) => rules)
      .map(({ name, health, lastError = "" }) => [
        name,
        health === "ok" ? "" : `${health} ${lastError}`,
      ]),
  );
}

/** Waits until an alert of `hurried` neither fires nor is about to. What another suite has provoked counts for five minutes. */
export async function quiet(alert: string): Promise<void> {
  await eventually(
    `${alert} is quiet`,
    async () =>
      (await query(`ALERTS{alertname="${alert}",hurried="true"}`)).length === 0,
    quietTimeoutMs,
  );
}

/** Waits until an alert of `hurried` fires. */
export async function firing(alert: string): Promise<void> {
  const series = `ALERTS{alertname="${alert}",hurried="true",alertstate="firing"}`;
  await eventually(
    `${alert} fires`,
    async () => (await query(series)).length > 0,
    firesTimeoutMs,
  );
}

async function ask<T>(question: string): Promise<T> {
  const response = await fetch(`http://${address}/api/v1/${question}`);
  const answer = (await response.json()) as { status: string; data: T };
  expect(answer, question).to.include({ status: "success" });
  return answer.data;
}
