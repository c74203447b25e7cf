import { CoreV1Api } from "@kubernetes/client-node";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { isClaimed } from "../../support/admission-suite.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../support/webhook.ts";

/** A webhook that admits the Pods of one namespace. */
export interface Registration {
  readonly namespace: string;
  readonly url: string;
}

/**
 * Creates the namespaces and registers a webhook for each, with all other settings of the product. The first of them must create
 * claims: when it does, all of them are in force.
 */
export async function registerEach(
  { caPem, kubeConfig }: ControlPlane,
  registrations: readonly Registration[],
): Promise<void> {
  for (const { namespace } of registrations)
    await createNamespace(kubeConfig, namespace);
  const configuration = webhookConfiguration({ url: "", caPem });
  const [product] = configuration.webhooks ?? [];
  const [first] = registrations;
  if (!product || !first) throw new Error("there is no webhook to register");
  configuration.webhooks = registrations.map(({ namespace, url }) => ({
    ...product,
    name: `${namespace}.benchmark.stateful-deployments.dev`,
    clientConfig: { ...product.clientConfig, url },
    namespaceSelector: {
      matchLabels: { "kubernetes.io/metadata.name": namespace },
    },
  }));
  const core = kubeConfig.makeApiClient(CoreV1Api);
  await registerWebhook(kubeConfig, configuration, () =>
    isClaimed({ core }, first.namespace),
  );
}
