import { expect } from "chai";
import { dryRun } from "./claims.ts";
import { installedCluster, NAMESPACE } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const RBAC = "rbac.authorization.k8s.io";
const REGISTRATION = "admissionregistration.k8s.io";
const CONFIGURATIONS = `/apis/${REGISTRATION}/v1/mutatingwebhookconfigurations`;
const WEBHOOK = "webhook.example.com";

/** Where the webhook of each configuration leads. */
const CLIENTS = {
  "at-a-service": {
    service: { namespace: "kourier-system", name: "gateway", port: 443 },
  },
  "at-a-url": { url: "https://10.0.0.1:8443/" },
};
type Configuration = keyof typeof CLIENTS;

const EVERYTHING = [
  {
    apiGroups: ["*"],
    apiVersions: ["*"],
    operations: ["*"],
    resources: ["*/*"],
  },
];

const LEADS = "may change where a webhook leads by its path only";
const FIELDS = "may write nothing of a webhook but clientConfig.caBundle";
const METADATA = "may write no metadata of a webhook configuration but";

describe("the policies about the certificates account", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
    await cluster.apply(
      aConfiguration("at-a-service"),
      aConfiguration("at-a-url"),
      ...moreRights("shop"),
    );
  });

  /** What the API server says when the account tries it. Nothing is changed. */
  const attempt = async (
    request: Parameters<typeof dryRun>[1],
  ): Promise<string> =>
    await dryRun(await cluster.as(NAMESPACE, "certificates"), request);

  const createSecret = (body: object, namespace = NAMESPACE): Promise<string> =>
    attempt({
      method: "POST",
      path: `/api/v1/namespaces/${namespace}/secrets`,
      body,
    });

  describe("about Secrets", () => {
    it("allow to create those of the manifests", async () => {
      for (const name of ["webhook-ca", "webhook-certificate", "webhook-token"])
        expect(await createSecret({ metadata: { name } })).to.equal("allowed");
    });

    it("reject another Secret, and one with the token of another account", async () => {
      expect(await createSecret({ metadata: { name: "other" } })).to.include(
        "webhook-token only, not other",
      );
      const annotations = { "kubernetes.io/service-account.name": "janitor" };
      expect(
        await createSecret({
          metadata: { name: "webhook-token", annotations },
          type: "kubernetes.io/service-account-token",
        }),
      ).to.include("of type Opaque and kubernetes.io/tls only");
    });

    it("do not look at the Secrets of other namespaces, where our roles give no rights", async () => {
      expect(
        await createSecret({ metadata: { name: "other" } }, "shop"),
      ).to.equal("allowed");
    });
  });

  describe("about webhook configurations", () => {
    const patch = (
      configuration: Configuration,
      metadata: object,
      webhook?: object,
    ): Promise<string> =>
      attempt({
        method: "PATCH",
        path: `${CONFIGURATIONS}/${configuration}`,
        contentType: "application/strategic-merge-patch+json",
        body: {
          metadata,
          ...(webhook && { webhooks: [{ name: WEBHOOK, ...webhook }] }),
        },
      });

    // The API server reads it only when it calls.
    const caBundle = Buffer.from("an authority").toString("base64");
    const written: Record<string, [Configuration, clientConfig: object]> = {
      "authority and path of a webhook at a Service": [
        "at-a-service",
        { caBundle, service: { path: "/mutate/0a1b" } },
      ],
      "the authority alone": ["at-a-service", { caBundle }],
      "authority and path of a webhook at a URL": [
        "at-a-url",
        { caBundle, url: "https://10.0.0.1:8443/mutate/0a1b" },
      ],
    };
    for (const [title, [configuration, clientConfig]] of Object.entries(
      written,
    ))
      it(`allow to write ${title}, and the time of the write`, async () => {
        const annotations = {
          "stateful-deployments.dev/written-at": "2026-01-01T00:00:00Z",
        };
        expect(
          await patch(configuration, { annotations }, { clientConfig }),
        ).to.equal("allowed");
      });

    const rejected: Record<string, [Configuration, webhook: object, string]> = {
      "the Service": [
        "at-a-service",
        toService({ name: "theirs", path: "/mutate/0a1b" }),
        LEADS,
      ],
      "the port of the Service": [
        "at-a-service",
        toService({ port: 8443 }),
        LEADS,
      ],
      "the path to one of another program": [
        "at-a-service",
        toService({ path: "/other" }),
        LEADS,
      ],
      "a Service into a URL": [
        "at-a-service",
        {
          clientConfig: {
            service: null,
            url: "https://example.com/mutate/0a1b",
          },
        },
        LEADS,
      ],
      "the rules": ["at-a-service", { rules: EVERYTHING }, FIELDS],
      "the failurePolicy": [
        "at-a-service",
        { failurePolicy: "Ignore" },
        FIELDS,
      ],
      "the matchConditions, of which there were none": [
        "at-a-service",
        { matchConditions: [{ name: "never", expression: "false" }] },
        FIELDS,
      ],
      "the list of webhooks": [
        "at-a-service",
        {
          name: "another.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { url: "https://example.com" },
        },
        FIELDS,
      ],
    };
    for (const [part, url] of Object.entries({
      host: "https://example.com:8443/mutate/0a1b",
      port: "https://10.0.0.1/mutate/0a1b",
      path: "https://10.0.0.1:8443/other",
    }))
      rejected[`the ${part} of a URL`] = [
        "at-a-url",
        { clientConfig: { url } },
        LEADS,
      ];
    for (const [title, [configuration, webhook, says]] of Object.entries(
      rejected,
    ))
      it(`reject a change of ${title}`, async () => {
        expect(await patch(configuration, {}, webhook)).to.include(says);
      });

    for (const [title, metadata] of Object.entries({
      "another annotation": {
        annotations: { "cert-manager.io/inject-ca-from": "theirs/ca" },
      },
      "an annotation that is there": { annotations: { c: null } },
      "a label": { labels: { a: null } },
      "the finalizers": { finalizers: ["example.com/x"] },
    }))
      it(`reject a change of ${title}`, async () => {
        expect(await patch("at-a-service", metadata)).to.include(METADATA);
      });

    it("reject a new webhook configuration", async () => {
      const body = { ...aConfiguration("at-a-url"), metadata: { name: "new" } };
      expect(
        await attempt({ method: "POST", path: CONFIGURATIONS, body }),
      ).to.include("never creates a webhook configuration");
    });
  });
});

function toService(service: object): object {
  return { clientConfig: { service } };
}

/** With one webhook that nothing is sent to. */
function aConfiguration(name: Configuration): object {
  return {
    apiVersion: `${REGISTRATION}/v1`,
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
        clientConfig: CLIENTS[name],
      },
    ],
  };
}

/** More rights than the manifests give, also in a namespace that is not ours: what is rejected then is rejected by the policies. */
function moreRights(namespace: string): object[] {
  const metadata = { name: "more-for-certificates" };
  const subjects = [
    { kind: "ServiceAccount", name: "certificates", namespace: NAMESPACE },
  ];
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRole",
      metadata,
      rules: [
        {
          apiGroups: [REGISTRATION],
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
      subjects,
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { ...metadata, namespace },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "edit" },
      subjects,
    },
  ];
}
