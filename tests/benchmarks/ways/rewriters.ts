import path from "node:path";
import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { freePort } from "../../control-plane/free-port.ts";
import { FUNCTION } from "../../support/built-programs.ts";
import {
  certificateDirectory,
  webhookToken,
} from "../../support/function-on.ts";
import { startProgram } from "../../support/program.ts";
import { webhookConfiguration } from "../../support/webhook.ts";
import { bundled } from "../programs/bundled.ts";
import { withLogReader } from "../programs/log-reader.ts";
import { startResident } from "./resident-program.ts";
import type { ResidentProgram } from "./resident-program.ts";
import { VOLUMES_FROM } from "./ways.ts";
import type { Rewriter } from "./ways.ts";

const POLICY = path.join(import.meta.dirname, "ephemeral-policy.yaml");
const BARE_HANDLER = path.join(
  import.meta.dirname,
  "../programs/bare-handler.ts",
);

/** What rewrites Pods, except for peers that run as programs of their own. */
export interface Rewriters {
  /** The product's. While it is down the API server rejects the Pods that it is called for. */
  readonly function: ResidentProgram;
  readonly stop: () => Promise<void>;
}

/** Starts the webhooks, registers them, and creates the policy. Each acts in the namespaces that are labelled with its name. */
export async function installRewriters(
  controlPlane: ControlPlane,
): Promise<Rewriters> {
  const started: ResidentProgram[] = [];
  const stop = async (): Promise<void> => {
    for (const webhook of started) await webhook.stop();
  };
  const startWebhook = async (
    name: Rewriter,
    entry: string,
    pathname: string,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<ResidentProgram> => {
    const port = await freePort();
    const env = {
      PORT: String(port),
      TLS_CERT_DIR: await certificateDirectory(controlPlane),
      ...settings,
    };
    const webhook = await startResident(
      name,
      () => withLogReader((stdout) => startProgram(entry, { env, stdout })),
      (program) => program.listens(),
    );
    started.push(webhook);
    await register(controlPlane, name, `https://127.0.0.1:${port}${pathname}`);
    return webhook;
  };
  try {
    const product = await startWebhook(
      "function",
      FUNCTION,
      `/mutate/${webhookToken}`,
      {
        KUBECONFIG: controlPlane.kubeconfigFor(controlPlane.adminToken),
        WEBHOOK_TOKEN: webhookToken,
      },
    );
    const bareHandler = await bundled(BARE_HANDLER, controlPlane.directory);
    await startWebhook("bare-handler", bareHandler, "/", {
      CA: controlPlane.caPem,
      SERVER: controlPlane.server,
      TOKEN: controlPlane.adminToken,
    });
    await startWebhook("no-op-webhook", bareHandler, "/no-op");
    const { exitCode, stderr } = await controlPlane.kubectl([
      "apply",
      "--filename",
      POLICY,
    ]);
    if (exitCode !== 0) throw new Error(`${POLICY}: ${stderr}`);
    return { function: product, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Registers it as the product is registered, for the namespaces with its label. */
async function register(
  { caPem, kubeConfig }: ControlPlane,
  name: Rewriter,
  url: string,
): Promise<void> {
  const body = webhookConfiguration({ url, caPem });
  body.metadata = { name };
  for (const webhook of body.webhooks ?? [])
    webhook.namespaceSelector = { matchLabels: { [VOLUMES_FROM]: name } };
  await kubeConfig
    .makeApiClient(AdmissionregistrationV1Api)
    .createMutatingWebhookConfiguration({ body });
}
