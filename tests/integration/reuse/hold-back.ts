import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { startPodWebhook } from "../../support/pod-webhook.ts";

/**
 * Holds back the creation or the deletion of the Pods of a namespace, or of all, for as long as `wait` takes, by a webhook that is
 * called after ours. Gives what ends that.
 */
export async function holdBackPods(
  controlPlane: ControlPlane,
  namespace: string | undefined,
  operation: "CREATE" | "DELETE",
  wait: () => Promise<unknown>,
  timeoutSeconds = 30,
): Promise<() => Promise<void>> {
  const slow = await startPodWebhook(controlPlane, async () => {
    await wait();
    return { allowed: true };
  });
  const api = controlPlane.kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const name = `hold-back-${namespace ?? "all"}`;
  await api.createValidatingWebhookConfiguration({
    body: {
      metadata: { name },
      webhooks: [
        {
          name: "hold-back.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          timeoutSeconds,
          clientConfig: {
            url: slow.url,
            caBundle: Buffer.from(slow.caPem).toString("base64"),
          },
          namespaceSelector:
            namespace === undefined
              ? {}
              : { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          rules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: [operation],
              resources: ["pods"],
            },
          ],
        },
      ],
    },
  });
  return async () => {
    await api.deleteValidatingWebhookConfiguration({ name });
    slow.stop();
  };
}
