import { AdmissionregistrationV1Api } from "@kubernetes/client-node";
import type { KubeConfig } from "@kubernetes/client-node";

/** Refuses every Pod of `namespace` after all webhooks have been called, as a quota or somebody's policy would; returns what ends it. */
export async function refusePodsIn(
  kubeConfig: KubeConfig,
  namespace: string,
  message: string,
): Promise<() => Promise<void>> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const name = `refuse-${namespace}`;
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
  return async () => {
    await api.deleteValidatingAdmissionPolicyBinding({ name });
    await api.deleteValidatingAdmissionPolicy({ name });
  };
}
