import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { V1MutatingWebhookConfiguration } from "@kubernetes/client-node";
import type { AdmissionSuite } from "../../support/admission-suite.ts";

/** Registers a configuration for one namespace only. Resolves with what takes it away again. */
export async function registerIn(
  { controlPlane }: AdmissionSuite,
  namespace: string,
  configuration: V1MutatingWebhookConfiguration,
): Promise<() => Promise<unknown>> {
  const api = controlPlane.kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  for (const webhook of configuration.webhooks ?? [])
    webhook.namespaceSelector = {
      matchLabels: { "kubernetes.io/metadata.name": namespace },
    };
  await api.createMutatingWebhookConfiguration({ body: configuration });
  return () =>
    api.deleteMutatingWebhookConfiguration({
      name: configuration.metadata?.name ?? "",
    });
}
