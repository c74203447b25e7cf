import path from "node:path";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld, FUNCTION } from "../../support/built-programs.ts";
import {
  certificateDirectory,
  webhookToken,
} from "../../support/function-on.ts";
import { functionMemoryLimit } from "../../support/function-memory-limit.ts";
import { bundled } from "./bundled.ts";
import { startListening } from "./measured-program.ts";
import type { MeasuredProgram } from "./measured-program.ts";

/** What Node has within the memory limit of the function's manifest. */
export const WEBHOOK_FLAGS = `--max-old-space-size=${functionMemoryLimit() / 2}`;

/** The product, and the webhooks that it is compared with. */
export const WEBHOOKS = [
  "function",
  "bare handler",
  "bare handler of express and client-node",
] as const;

export type WebhookName = (typeof WEBHOOKS)[number];

/** The namespace of the Pods that a webhook admits, where several run. */
export function namespaceOf(webhook: WebhookName): string {
  return webhook.replaceAll(" ", "-");
}

/** A webhook that listens. */
export interface Webhook {
  readonly port: number;
  readonly usage: MeasuredProgram["usage"];
  readonly stop: () => Promise<void>;
}

/** Starts a webhook, on any free port unless given. */
export type StartWebhook = (
  name: WebhookName,
  port?: number,
) => Promise<Webhook>;

function source(file: string): string {
  return path.join(import.meta.dirname, file);
}

/** Makes everything ready that the webhooks need to start. All of them then start as fast as they can. */
export async function webhooksOn(
  controlPlane: ControlPlane,
): Promise<StartWebhook> {
  await buildIfOld();
  const { adminToken, caPem, directory, server } = controlPlane;
  const TLS_CERT_DIR = await certificateDirectory(controlPlane);
  const KUBECONFIG = controlPlane.kubeconfigFor(adminToken);
  const programs = {
    function: {
      entry: FUNCTION,
      env: { KUBECONFIG, WEBHOOK_TOKEN: webhookToken },
    },
    "bare handler": {
      entry: await bundled(source("bare-handler.ts"), directory),
      env: { CA: caPem, SERVER: server, TOKEN: adminToken },
    },
    "bare handler of express and client-node": {
      // With everything that the packages load by themselves.
      entry: await bundled(source("express-handler.ts"), directory, {
        alias: {},
        plugins: [],
      }),
      env: { KUBECONFIG },
    },
  } satisfies Record<WebhookName, unknown>;

  return async (name, port = 0) => {
    const { entry, env } = programs[name];
    const program = await startListening(entry, {
      flags: WEBHOOK_FLAGS,
      env: { ...env, TLS_CERT_DIR, PORT: String(port) },
    });
    return {
      port: program.port,
      usage: program.usage,
      async stop() {
        program.process.kill("SIGTERM");
        await program.exited;
      },
    };
  };
}

/** Starts all, and stops them after `use`, also when it fails. */
export async function withAll<T>(
  start: StartWebhook,
  use: (ports: ReadonlyMap<WebhookName, number>) => Promise<T>,
): Promise<T> {
  const running = new Map<WebhookName, Webhook>();
  try {
    for (const name of WEBHOOKS) running.set(name, await start(name));
    return await use(
      new Map([...running].map(([name, { port }]) => [name, port])),
    );
  } finally {
    for (const webhook of running.values()) await webhook.stop();
  }
}
