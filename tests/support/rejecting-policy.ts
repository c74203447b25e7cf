import { AdmissionregistrationV1Api, CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig } from "@kubernetes/client-node";
import { eventually } from "./eventually.ts";

/** From its return on, the API server rejects every Pod of `namespace` after it has called all webhooks, as with a quota. Returns what ends this. */
export async function rejectPodsIn(
  kubeConfig: KubeConfig,
  namespace: string,
  message: string,
): Promise<() => Promise<void>> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const name = `reject-${namespace}`;
  await api.createValidatingAdmissionPolicy({
    body: {
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [""],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["pods"],
            },
          ],
        },
        validations: [{ expression: "false", message }],
      },
    },
  });
  await api.createValidatingAdmissionPolicyBinding({
    body: {
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        matchResources: {
          namespaceSelector: {
            matchLabels: { "kubernetes.io/metadata.name": namespace },
          },
        },
      },
    },
  });
  // The API server learns of a policy through a watch, a moment later.
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const body = {
    metadata: { name: "probe" },
    spec: { containers: [{ name: "probe", image: "probe" }] },
  };
  await eventually("the policy is in force", async () => {
    const rejection: unknown = await core
      .createNamespacedPod({ namespace, body, dryRun: "All" })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    return rejection instanceof Error && rejection.message.includes(message);
  });
  return async () => {
    await api.deleteValidatingAdmissionPolicyBinding({ name });
    await api.deleteValidatingAdmissionPolicy({ name });
  };
}
