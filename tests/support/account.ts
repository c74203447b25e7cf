import { randomBytes } from "node:crypto";
import { CoreV1Api, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import type { V1PolicyRule } from "@kubernetes/client-node";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** Rules of a Role in the namespace and of a ClusterRole. */
export interface Rights {
  readonly inNamespace: readonly V1PolicyRule[];
  readonly inCluster: readonly V1PolicyRule[];
}

const apiGroup = "rbac.authorization.k8s.io";

/** A kubeconfig of a new account that has nothing but these rights, and the removal of what is not in its namespace. */
export async function accountWith(
  controlPlane: ControlPlane,
  namespace: string,
  rights: Rights,
): Promise<{
  readonly kubeconfig: string;
  readonly remove: () => Promise<void>;
}> {
  const name = `account-${randomBytes(4).toString("hex")}`;
  const { kubeConfig } = controlPlane;
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const rbac = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const metadata = { name };
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } });
  await rbac.createNamespacedRole({
    namespace,
    body: { metadata, rules: [...rights.inNamespace] },
  });
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: { metadata, subjects, roleRef: { apiGroup, kind: "Role", name } },
  });
  await rbac.createClusterRole({
    body: { metadata, rules: [...rights.inCluster] },
  });
  await rbac.createClusterRoleBinding({
    body: {
      metadata,
      subjects,
      roleRef: { apiGroup, kind: "ClusterRole", name },
    },
  });
  return {
    kubeconfig: controlPlane.kubeconfigFor(
      await controlPlane.tokenFor(namespace, name),
    ),
    remove: async () => {
      await rbac.deleteClusterRoleBinding({ name });
      await rbac.deleteClusterRole({ name });
    },
  };
}
