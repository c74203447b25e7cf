import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { dryRun } from "./claims.ts";
import { installedCluster, NAMESPACE } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const CONFIGURATIONS =
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

const { installed, webhooks, metadata } = parse(
  readFileSync(new URL("certificates-fence.yaml", import.meta.url), "utf8"),
  { merge: true },
) as {
  installed: object[];
  webhooks: Record<string, Record<string, Record<string, object>>>;
  metadata: Record<string, object>;
};

describe("the policies about the certificates account", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
    await cluster.apply(...installed);
  });

  /** What the API server says when the account tries it. Nothing is changed. */
  const attempt = async (
    request: Parameters<typeof dryRun>[1],
  ): Promise<string> =>
    await dryRun(await cluster.as(NAMESPACE, "certificates"), request);

  const patch = (configuration: string, body: object): Promise<string> =>
    attempt({
      method: "PATCH",
      path: `${CONFIGURATIONS}/${configuration}`,
      contentType: "application/strategic-merge-patch+json",
      body,
    });

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
    for (const [configuration, groups] of Object.entries(webhooks))
      for (const [says, changes] of Object.entries(groups))
        for (const [title, change] of Object.entries(changes))
          it(`${says === "allowed" ? "allow" : "reject"} a change of ${title}`, async () => {
            const annotations = says === "allowed" && {
              "stateful-deployments.dev/written-at": "2026-01-01T00:00:00Z",
            };
            const said = await patch(configuration, {
              metadata: { ...(annotations && { annotations }) },
              webhooks: [{ name: "webhook.example.com", ...change }],
            });
            if (says === "allowed") expect(said).to.equal("allowed");
            else expect(said).to.include(says);
          });

    for (const [title, change] of Object.entries(metadata))
      it(`reject a change of ${title}`, async () => {
        expect(await patch("at-a-service", { metadata: change })).to.include(
          "may write no metadata of a webhook configuration but",
        );
      });

    it("reject a new webhook configuration", async () => {
      const [configuration] = installed;
      const body = { ...configuration, metadata: { name: "new" } };
      expect(
        await attempt({ method: "POST", path: CONFIGURATIONS, body }),
      ).to.include("never creates a webhook configuration");
    });
  });
});
