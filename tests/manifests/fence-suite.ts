import { randomBytes } from "node:crypto";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { aClaim, claimsOf, versionOf } from "./claims-of-tests.ts";
import { installedCluster, NAMESPACE, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

type Claims = ReturnType<typeof claimsOf>;

/** Who tries what about the claims of one namespace; filled by the `before` hook. */
export interface FenceSuite {
  cluster: InstalledCluster;
  /** Of the group system:masters. */
  admin: Claims;
  /** By a ClusterRoleBinding to cluster-admin. */
  clusterAdmin: Claims;
  function: Claims;
  janitor: Claims;
  /** Has every right in the namespace. */
  tenant: Claims;
  /** A name that no claim has yet. */
  name(): string;
  /** A claim as the function makes it, made by `admin`, and bound if that is asked for. */
  made(
    metadata?: Parameters<typeof aClaim>[1],
    options?: Parameters<typeof aClaim>[2],
  ): Promise<ReturnType<typeof versionOf>>;
}

/** Makes a namespace and the accounts for the suite in which it is called. */
export function fenceSuite(): FenceSuite {
  let count = 0;
  const suite = {
    name() {
      count += 1;
      return `claim-${count}`;
    },
    async made(metadata, options) {
      const claim = await suite.admin.create(
        aClaim(suite.name(), metadata, options),
      );
      if (!options?.bound) return versionOf(claim);
      return await eventually("the claim is bound", async () => {
        const now = await suite.admin.get(claim.metadata?.name ?? "");
        return now.status?.phase === "Bound" && versionOf(now);
      });
    },
  } as FenceSuite;

  before(async function () {
    suite.cluster = await installedCluster(this);
    const { controlPlane } = suite.cluster;
    const namespace = `fence-${randomBytes(4).toString("hex")}`;
    await createNamespace(controlPlane.kubeConfig, namespace);
    await succeed(
      controlPlane,
      ["apply", "-f", "-"],
      JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: accounts(namespace),
      }),
    );
    const as = async (of: string, account: string): Promise<Claims> =>
      claimsOf(await suite.cluster.as(of, account), namespace);
    suite.admin = claimsOf(suite.cluster.admin, namespace);
    suite.clusterAdmin = await as(namespace, "operator");
    suite.function = await as(NAMESPACE, "function");
    suite.janitor = await as(NAMESPACE, "janitor");
    suite.tenant = await as(namespace, "tenant");
  });
  return suite;
}

/** More rights than the manifests give: what is refused then is refused by the fence alone. */
function accounts(namespace: string): object[] {
  const account = (name: string, of = namespace): object => ({
    kind: "ServiceAccount",
    name,
    namespace: of,
  });
  const rbac = "rbac.authorization.k8s.io";
  return [
    ...["operator", "tenant"].map((name) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name, namespace },
    })),
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: namespace },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
      subjects: [account("operator")],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata: { name: "everything", namespace },
      rules: [
        {
          apiGroups: [""],
          resources: [
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
          ],
          verbs: ["*"],
        },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { name: "everything", namespace },
      roleRef: { apiGroup: rbac, kind: "Role", name: "everything" },
      subjects: [
        account("tenant"),
        account("function", NAMESPACE),
        account("janitor", NAMESPACE),
      ],
    },
  ];
}
