import { randomBytes } from "node:crypto";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { aClaim, attemptsOn, claimsOf } from "./claims.ts";
import type { Attempts, ClaimOver, Claims } from "./claims.ts";
import { installedCluster, NAMESPACE } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const RBAC = "rbac.authorization.k8s.io";

/** Who tries what about the claims of one namespace; filled by the `before` hook. */
export interface FenceSuite {
  readonly cluster: InstalledCluster;
  readonly namespace: string;
  /** Of the group system:masters; changes claims. */
  readonly admin: Claims;
  readonly function: Attempts;
  readonly janitor: Attempts;
  /** Has every right on claims in the namespace. */
  readonly tenant: Attempts;
  /** What this account tries in this namespace. */
  as(namespace: string, account: string, claimsIn?: string): Promise<Attempts>;
  /** Creates a claim as the function does, and returns its name. A finalizer keeps the garbage collector from it. */
  made(over?: ClaimOver): Promise<string>;
}

/** Creates a namespace and accounts for the suite in which it is called. */
export function fenceSuite(): FenceSuite {
  let count = 0;
  const suite = {
    namespace: `fence-${randomBytes(4).toString("hex")}`,
    as: async (namespace, account, claimsIn = suite.namespace) =>
      attemptsOn(
        await suite.cluster.as(namespace, account),
        suite.cluster.admin,
        claimsIn,
      ),
    async made(over = {}) {
      count += 1;
      const name = `claim-${count}`;
      await suite.admin.create(
        aClaim(name, { finalizers: ["example.com/test"], ...over }),
      );
      if (over.bound)
        await eventually("the claim is bound", async () => {
          const { status } = await suite.admin.get(name);
          return status?.phase === "Bound";
        });
      return name;
    },
  } as FenceSuite;

  before(async function () {
    const cluster = await installedCluster(this);
    const { namespace } = suite;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    await cluster.apply(...accounts(namespace));
    Object.assign(suite, {
      cluster,
      admin: claimsOf(cluster.admin, namespace),
    });
    Object.assign(suite, {
      function: await suite.as(NAMESPACE, "function"),
      janitor: await suite.as(NAMESPACE, "janitor"),
      tenant: await suite.as(namespace, "tenant"),
    });
  });
  return suite;
}

/** More rights than the manifests give: what is rejected then is rejected by the policies. */
function accounts(namespace: string): object[] {
  const metadata = { name: "everything", namespace };
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "tenant", namespace },
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata,
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
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: metadata.name },
      subjects: [
        { kind: "ServiceAccount", name: "tenant", namespace },
        { kind: "ServiceAccount", name: "function", namespace: NAMESPACE },
        { kind: "ServiceAccount", name: "janitor", namespace: NAMESPACE },
      ],
    },
  ];
}
