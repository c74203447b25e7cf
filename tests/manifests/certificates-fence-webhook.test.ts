import { expect } from "chai";
import { webhookFence } from "./webhook-fence.ts";
import type { WebhookName } from "./webhook-fence.ts";

/** The API server looks into it only when it calls. */
const CA_BUNDLE = Buffer.from("an authority").toString("base64");
const LEADS = "may change where a webhook leads by its path only";
const FIELDS = "may write nothing of a webhook but clientConfig.caBundle";
const METADATA = "may write no metadata of a webhook configuration but";

describe("the fence around the webhook of the certificates", function () {
  this.timeout(60_000);
  const fence = webhookFence();

  const written: { name: string; of: WebhookName; clientConfig: object }[] = [
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
      expect(await fence.patch(of, { annotations }, { clientConfig })).to.equal(
        "allowed",
      );
    });

  const forbidden: {
    name: string;
    of?: WebhookName;
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
      expect(await fence.patch(of, metadata, webhook)).to.include(says);
    });

  it("refuse that it creates a webhook configuration", async () => {
    expect(await fence.create("new")).to.include(
      "never creates a webhook configuration",
    );
  });
});
