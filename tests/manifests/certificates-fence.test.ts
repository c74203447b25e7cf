import { expect } from "chai";
import { outcomeOf } from "./attempt.ts";
import { installedCluster, NAMESPACE, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const CONFIGURATIONS =
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const WEBHOOK = "webhook.example.com";
/** The API server looks into it only when it calls. */
const CA_BUNDLE = Buffer.from("an authority").toString("base64");
const LEADS = "may change where a webhook leads by its path only";
const FIELDS = "may write nothing of a webhook but clientConfig.caBundle";
const METADATA = "may write no metadata of a webhook configuration but";

describe("the fence around the account of the certificates", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  /** Tries it without creating anything. */
  async function createSecret(body: object): Promise<string> {
    const api = await cluster.as(NAMESPACE, "certificates");
    return await outcomeOf(
      api({
        method: "POST",
        path: `/api/v1/namespaces/${NAMESPACE}/secrets`,
        query: { dryRun: "All" },
        body,
        timeoutMs: 10_000,
      }),
    );
  }

  for (const known of ["webhook-ca", "webhook-certificate", "webhook-token"]) {
    it(`let their account create ${known}`, async () => {
      expect(await createSecret({ metadata: { name: known } })).to.equal(
        "allowed",
      );
    });
  }

  it("refuse that it creates any other Secret, or one with the token of another account", async () => {
    expect(await createSecret({ metadata: { name: "other" } })).to.include(
      "webhook-token only, not other",
    );
    expect(
      await createSecret({
        metadata: {
          name: "webhook-token",
          annotations: { "kubernetes.io/service-account.name": "janitor" },
        },
        type: "kubernetes.io/service-account-token",
      }),
    ).to.include("of type Opaque and kubernetes.io/tls only");
  });

  /** Webhooks that nothing is sent to, where Services and where addresses are called. */
  const webhooks = {
    "at-a-service": {
      service: { namespace: "kourier-system", name: "gateway", port: 443 },
    },
    "at-a-url": { url: "https://10.0.0.1:8443/" },
  } as const;
  type Name = keyof typeof webhooks;

  function aConfiguration(name: Name): object {
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

  before(async () => {
    // More than the manifests give, which is one name: what is refused then is refused by the fence alone.
    const rbac = "rbac.authorization.k8s.io";
    const items = [
      ...(Object.keys(webhooks) as Name[]).map(aConfiguration),
      {
        apiVersion: `${rbac}/v1`,
        kind: "ClusterRole",
        metadata: { name: "fence-of-certificates" },
        rules: [
          {
            apiGroups: ["admissionregistration.k8s.io"],
            resources: ["mutatingwebhookconfigurations"],
            verbs: ["create", "patch"],
          },
        ],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: "fence-of-certificates" },
        roleRef: {
          apiGroup: rbac,
          kind: "ClusterRole",
          name: "fence-of-certificates",
        },
        subjects: [
          {
            kind: "ServiceAccount",
            name: "certificates",
            namespace: NAMESPACE,
          },
        ],
      },
    ];
    await succeed(
      cluster.controlPlane,
      ["apply", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items }),
    );
  });

  /** Tries it without changing anything. */
  async function patchConfiguration(
    name: Name,
    metadata: object,
    webhook?: object,
  ): Promise<string> {
    const api = await cluster.as(NAMESPACE, "certificates");
    return await outcomeOf(
      api({
        method: "PATCH",
        path: `${CONFIGURATIONS}/${name}`,
        query: { dryRun: "All" },
        contentType: "application/strategic-merge-patch+json",
        body: {
          metadata,
          ...(webhook && { webhooks: [{ name: WEBHOOK, ...webhook }] }),
        },
        timeoutMs: 10_000,
      }),
    );
  }

  const written: { name: string; of: Name; clientConfig: object }[] = [
    {
      name: "authority and path of a webhook at a Service",
      of: "at-a-service",
      clientConfig: {
        caBundle: CA_BUNDLE,
        service: { path: "/mutate/0a1b" },
      },
    },
    {
      name: "the authority alone",
      of: "at-a-service",
      clientConfig: { caBundle: CA_BUNDLE },
    },
    {
      name: "authority and path of a webhook at a url",
      of: "at-a-url",
      clientConfig: {
        caBundle: CA_BUNDLE,
        url: "https://10.0.0.1:8443/mutate/0a1b",
      },
    },
  ];
  for (const { name, of, clientConfig } of written)
    it(`let their account write ${name}, and when it did so`, async () => {
      const annotations = {
        "stateful-deployments.dev/written-at": "2026-01-01T00:00:00Z",
      };
      expect(
        await patchConfiguration(of, { annotations }, { clientConfig }),
      ).to.equal("allowed");
    });

  const forbidden: {
    name: string;
    of?: Name;
    metadata?: object;
    webhook?: object;
    says: string;
  }[] = [
    {
      name: "where a Service's webhook leads",
      webhook: {
        clientConfig: { service: { name: "theirs", path: "/mutate/0a1b" } },
      },
      says: LEADS,
    },
    {
      name: "the port of a Service's webhook",
      webhook: { clientConfig: { service: { port: 8443 } } },
      says: LEADS,
    },
    {
      name: "the path to one that is not the function's",
      webhook: { clientConfig: { service: { path: "/other" } } },
      says: LEADS,
    },
    {
      name: "a Service into a url",
      webhook: {
        clientConfig: {
          service: null,
          url: "https://example.com/mutate/0a1b",
        },
      },
      says: LEADS,
    },
    {
      name: "the host of a url",
      of: "at-a-url",
      webhook: {
        clientConfig: { url: "https://example.com:8443/mutate/0a1b" },
      },
      says: LEADS,
    },
    {
      name: "the port of a url",
      of: "at-a-url",
      webhook: { clientConfig: { url: "https://10.0.0.1/mutate/0a1b" } },
      says: LEADS,
    },
    {
      name: "the path of a url to one that is not the function's",
      of: "at-a-url",
      webhook: { clientConfig: { url: "https://10.0.0.1:8443/other" } },
      says: LEADS,
    },
    {
      name: "what is sent to a webhook",
      webhook: {
        rules: [
          {
            apiGroups: ["*"],
            apiVersions: ["*"],
            operations: ["*"],
            resources: ["*/*"],
          },
        ],
      },
      says: FIELDS,
    },
    {
      name: "the failurePolicy",
      webhook: { failurePolicy: "Ignore" },
      says: FIELDS,
    },
    {
      name: "the matchConditions, of which there were none",
      webhook: { matchConditions: [{ name: "never", expression: "false" }] },
      says: FIELDS,
    },
    {
      name: "the name of a webhook by adding another one",
      webhook: {
        name: "another.example.com",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { url: "https://example.com" },
      },
      says: FIELDS,
    },
    {
      name: "another annotation",
      metadata: {
        annotations: { "cert-manager.io/inject-ca-from": "theirs/ca" },
      },
      says: METADATA,
    },
    {
      name: "an annotation that is there",
      metadata: { annotations: { c: null } },
      says: METADATA,
    },
    { name: "a label", metadata: { labels: { a: null } }, says: METADATA },
    {
      name: "the finalizers",
      metadata: { finalizers: ["example.com/x"] },
      says: METADATA,
    },
  ];
  for (const {
    name,
    of = "at-a-service",
    metadata = {},
    webhook,
    says,
  } of forbidden)
    it(`refuse that it changes ${name}`, async () => {
      expect(await patchConfiguration(of, metadata, webhook)).to.include(says);
    });

  it("refuse that it creates a webhook configuration", async () => {
    const api = await cluster.as(NAMESPACE, "certificates");
    expect(
      await outcomeOf(
        api({
          method: "POST",
          path: CONFIGURATIONS,
          query: { dryRun: "All" },
          body: { ...aConfiguration("at-a-url"), metadata: { name: "new" } },
          timeoutMs: 10_000,
        }),
      ),
    ).to.include("never creates a webhook configuration");
  });
});
