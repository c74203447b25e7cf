import type { ApiRequest } from "../../functions/kubernetes/api-server.ts";
import { outcomeOf } from "./attempt.ts";
import { installedCluster, NAMESPACE, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const CONFIGURATIONS =
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const WEBHOOK = "webhook.example.com";
const RBAC = "rbac.authorization.k8s.io";
const ACCOUNT = "certificates";

/** Webhooks that nothing is sent to, where Services and where addresses are called. */
const webhooks = {
  "at-a-service": {
    service: { namespace: "kourier-system", name: "gateway", port: 443 },
  },
  "at-a-url": { url: "https://10.0.0.1:8443/" },
} as const;

/** A webhook configuration that there is, with one webhook. */
export type WebhookName = keyof typeof webhooks;

/** What the account of the certificates tries about webhook configurations, without changing anything. */
export interface WebhookFence {
  /** Tries a strategic merge patch. Resolves with what the API server said, or "allowed". */
  patch(of: WebhookName, metadata: object, webhook?: object): Promise<string>;
  /** Tries to make one of this name. Resolves with what the API server said, or "allowed". */
  create(name: string): Promise<string>;
}

/** Makes the configurations and the account's rights for the suite in which it is called. */
export function webhookFence(): WebhookFence {
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
    const items = [
      ...(Object.keys(webhooks) as WebhookName[]).map(aConfiguration),
      ...rights(),
    ];
    await succeed(
      cluster.controlPlane,
      ["apply", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items }),
    );
  });

  const attempt = async (
    request: Pick<ApiRequest, "body" | "contentType" | "method" | "path">,
  ): Promise<string> => {
    const api = await cluster.as(NAMESPACE, ACCOUNT);
    return await outcomeOf(
      api({ ...request, query: { dryRun: "All" }, timeoutMs: 10_000 }),
    );
  };
  return {
    patch: (of, metadata, webhook) =>
      attempt({
        method: "PATCH",
        path: `${CONFIGURATIONS}/${of}`,
        contentType: "application/strategic-merge-patch+json",
        body: {
          metadata,
          ...(webhook && { webhooks: [{ name: WEBHOOK, ...webhook }] }),
        },
      }),
    create: (name) =>
      attempt({
        method: "POST",
        path: CONFIGURATIONS,
        body: { ...aConfiguration("at-a-url"), metadata: { name } },
      }),
  };
}

function aConfiguration(name: WebhookName): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name, labels: { a: "b" }, annotations: { c: "d" } },
    webhooks: [
      {
        name: WEBHOOK,
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        rules: [
          {
            apiGroups: ["example.com"],
            apiVersions: ["v1"],
            operations: ["CREATE"],
            resources: ["examples"],
          },
        ],
        clientConfig: webhooks[name],
      },
    ],
  };
}

/** More than the manifests give, which is one name: what is refused then is refused by the fence alone. */
function rights(): object[] {
  const metadata = { name: "fence-of-certificates" };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRole",
      metadata,
      rules: [
        {
          apiGroups: ["admissionregistration.k8s.io"],
          resources: ["mutatingwebhookconfigurations"],
          verbs: ["create", "patch"],
        },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: metadata.name },
      subjects: [
        { kind: "ServiceAccount", name: ACCOUNT, namespace: NAMESPACE },
      ],
    },
  ];
}
