import { readFileSync } from "node:fs";
import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type {
  KubeConfig,
  V1MutatingWebhookConfiguration,
} from "@kubernetes/client-node";
import { parse } from "yaml";
import { eventually } from "./eventually.ts";

const manifest = new URL("../../manifests/base/webhook.yaml", import.meta.url);

/** The webhook configuration that people install, calling `url` instead of a Service. */
export function webhookConfiguration({
  url,
  caPem,
}: {
  readonly url: string;
  readonly caPem: string;
}): V1MutatingWebhookConfiguration {
  const configuration = parse(
    readFileSync(manifest, "utf8"),
  ) as V1MutatingWebhookConfiguration;
  for (const webhook of configuration.webhooks ?? [])
    webhook.clientConfig = {
      url,
      caBundle: Buffer.from(caPem).toString("base64"),
    };
  return configuration;
}

/** Registers `configuration`, waits until it is in force, and returns what takes it away again. */
export async function registerWebhook(
  kubeConfig: KubeConfig,
  configuration: V1MutatingWebhookConfiguration,
  inForce: () => Promise<boolean>,
): Promise<() => Promise<void>> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  await api.createMutatingWebhookConfiguration({ body: configuration });
  // The API server learns of it through a watch, a moment later.
  await eventually("the webhook is in force", inForce, 10_000);
  return async () => {
    await api.deleteMutatingWebhookConfiguration({
      name: configuration.metadata?.name ?? "",
    });
  };
}
