import { CoreV1Api, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import type { V1PolicyRule } from "@kubernetes/client-node";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

let made = 0;

/** What the janitor needs in a namespace, and not a verb more. */
export const JANITOR_RULES: readonly V1PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["persistentvolumeclaims"],
    verbs: ["list", "patch", "delete"],
  },
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

/** A token of a new account with these rights in one namespace, and with those of `everywhere` in all of them. */
export async function accountWith(
  controlPlane: ControlPlane,
  namespace: string,
  rules: readonly V1PolicyRule[],
  everywhere: readonly V1PolicyRule[] = [],
): Promise<string> {
  made += 1;
  const name = `janitor-${made}`;
  const { kubeConfig } = controlPlane;
  await kubeConfig.makeApiClient(CoreV1Api).createNamespacedServiceAccount({
    namespace,
    body: { metadata: { name } },
  });
  const rbac = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
  await rbac.createNamespacedRole({
    namespace,
    body: { metadata: { name }, rules: [...rules] },
  });
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  });
  if (everywhere.length > 0) {
    await rbac.createClusterRole({
      body: { metadata: { name }, rules: [...everywhere] },
    });
    await rbac.createClusterRoleBinding({
      body: {
        metadata: { name },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name,
        },
        subjects: [{ kind: "ServiceAccount", name, namespace }],
      },
    });
  }
  return await controlPlane.tokenFor(namespace, name);
}
