import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { createHandler } from "../../functions/admission/handler.ts";
import type { Limits } from "../../functions/admission/max-in-flight.ts";
import { claimsOn } from "../../functions/claim-api/claims.ts";
import { dataSourcesOn } from "../../functions/claim-api/data-sources.ts";
import { poolReaderOn } from "../../functions/hand-over/lists.ts";
import type { PoolReader } from "../../functions/hand-over/lists.ts";
import { poolsOn } from "../../functions/hand-over/pools.ts";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import { listen } from "../../functions/http/listener.ts";
import type { Listener } from "../../functions/http/listener.ts";
import { createLogger } from "../../functions/http/logger.ts";
import type { Logger } from "../../functions/http/logger.ts";
import { createMetrics } from "../../functions/http/metrics.ts";
import { readinessOf } from "../../functions/http/readiness.ts";
import { createServer } from "../../functions/http/server.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** The function, listening with HTTPS in this process. */
export interface RunningFunction {
  /** Where reviews are to be sent. */
  readonly url: string;
  readonly caPem: string;
  readonly port: number;
  /** Its log so far, a decoded line each. */
  readonly log: readonly Record<string, unknown>[];
  readonly stop: () => Promise<void>;
}

/** The secret path of all tests. */
export const webhookToken = "test-token-0123456789";

/** Writes a serving certificate for this machine as `tls.crt` and `tls.key` into a new directory and returns its path. */
export async function certificateDirectory(
  controlPlane: ControlPlane,
): Promise<string> {
  const directory = mkdtempSync(join(controlPlane.directory, "function-"));
  const { cert, key } = await controlPlane.certificate([
    "127.0.0.1",
    "localhost",
  ]);
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  return directory;
}

/** How a function of the tests differs from the product. */
export interface FunctionSettings {
  readonly kubeconfigPath: string;
  /** Has `tls.crt` and `tls.key`. */
  readonly certificates: string;
  /** Any free one unless given. */
  readonly port?: number;
  /** Of all admissions under way; the product's own unless given. */
  readonly limits?: Limits;
  /** The product's own unless given, in milliseconds. */
  readonly leaseMs?: number;
  /** Stands between the pools and their lists. */
  readonly throughReader?: (reader: PoolReader) => PoolReader;
}

/** Serves the function with HTTPS in this process. */
export async function serveFunction(
  {
    certificates,
    kubeconfigPath,
    leaseMs,
    limits,
    port = 0,
    throughReader = (reader) => reader,
  }: FunctionSettings,
  log: Logger,
): Promise<Listener> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const api = connectApiServer(config, "stateful-deployments-function");
  const app = createServer({
    handler: createHandler({
      claims: claimsOn(api),
      sources: dataSourcesOn(api),
      pools: poolsOn(api, throughReader(poolReaderOn(api)), { leaseMs }),
      log,
    }),
    ready: readinessOf(api),
    metrics: createMetrics(),
    log,
    tokens: () => [webhookToken],
    ...(limits && { limits }),
  });
  return await listen(app, { port, certificateDirectory: certificates }, log);
}

/**
 * Starts the function against `controlPlane`, or against what `kubeconfigPath` leads to, such as a proxy; `limits` are those of
 * all admissions under way, unless the product's own are meant.
 */
export async function startFunction(
  controlPlane: ControlPlane,
  kubeconfigPath: string = controlPlane.kubeconfigPath,
  limits?: Limits,
  leaseMs?: number,
): Promise<RunningFunction> {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("debug", (line) =>
    lines.push(JSON.parse(line) as Record<string, unknown>),
  );
  const listener = await serveFunction(
    {
      kubeconfigPath,
      certificates: await certificateDirectory(controlPlane),
      ...(limits && { limits }),
      ...(leaseMs !== undefined && { leaseMs }),
    },
    log,
  );
  return {
    url: `https://127.0.0.1:${listener.port}/mutate/${webhookToken}`,
    caPem: controlPlane.caPem,
    port: listener.port,
    log: lines,
    stop: listener.drain,
  };
}
