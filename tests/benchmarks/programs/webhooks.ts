import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld, FUNCTION } from "../../support/built-programs.ts";
import {
  certificateDirectory,
  webhookToken,
} from "../../support/function-on.ts";
import { functionMemoryLimit } from "../../support/function-memory-limit.ts";
import { bundled } from "./bundled.ts";
import { said, startMeasured } from "./measured-program.ts";
import type { MeasuredProgram } from "./measured-program.ts";

/** What Node has within the memory limit of the function's manifest. */
export const WEBHOOK_FLAGS = `--max-old-space-size=${functionMemoryLimit() / 2}`;

/** The product, and the webhook that it is compared with. */
export const WEBHOOKS = ["function", "bare handler"] as const;

export type WebhookName = (typeof WEBHOOKS)[number];

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

/** Makes everything ready that the webhooks need to start. Both of them then start as fast as they can. */
export async function webhooksOn(
  controlPlane: ControlPlane,
): Promise<StartWebhook> {
  await buildIfOld();
  const { adminToken, caPem, directory, server } = controlPlane;
  const CA = path.join(directory, "benchmark-ca.crt");
  writeFileSync(CA, caPem);
  const TLS_CERT_DIR = await certificateDirectory(controlPlane);
  const programs = {
    function: {
      entry: FUNCTION,
      env: {
        KUBECONFIG: controlPlane.kubeconfigFor(adminToken),
        WEBHOOK_TOKEN: webhookToken,
      },
    },
    "bare handler": {
      entry: await bundled(
        path.join(import.meta.dirname, "bare-handler.ts"),
        directory,
      ),
      env: { CA, SERVER: server, TOKEN: adminToken },
    },
  } satisfies Record<WebhookName, unknown>;

  return async (name, port = 0) => {
    const { entry, env } = programs[name];
    const program = startMeasured(entry, {
      flags: WEBHOOK_FLAGS,
      env: { ...env, TLS_CERT_DIR, PORT: String(port) },
    });
    return {
      port: await said(program, () => portIn(program.stdout())),
      usage: program.usage,
      async stop() {
        program.process.kill("SIGTERM");
        await program.exited;
      },
    };
  };
}

/** Starts both, and stops them after `use`, also when it fails. */
export async function withBoth<T>(
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

/** The port that a webhook says it listens on. */
export function portIn(output: string): number | undefined {
  const line = output
    .split("\n")
    .slice(0, -1)
    .find((text) => text.includes('"msg":"listening"'));
  return line === undefined
    ? undefined
    : (JSON.parse(line) as { port: number }).port;
}
