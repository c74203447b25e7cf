import { CoreV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { aPod } from "../support/builders.ts";
import { claimVolumes } from "../support/pods-and-claims.ts";
import { registerWebhook, webhookConfiguration } from "../support/webhook.ts";

/** Registers the webhook that people install, calling `url`, and waits until an annotated Pod would get a claim. */
export async function registerAt(
  url: string,
  { caPem, kubeConfig }: ControlPlane,
): Promise<void> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const { metadata, spec } = aPod();
  const body = {
    metadata: {
      name: "probe",
      ...(metadata?.annotations && { annotations: metadata.annotations }),
    },
    ...(spec && { spec }),
  };
  await registerWebhook(
    kubeConfig,
    webhookConfiguration({ url, caPem }),
    async () =>
      claimVolumes(
        await core.createNamespacedPod({
          namespace: "default",
          dryRun: "All",
          body,
        }),
      ).length === 1,
  );
}
