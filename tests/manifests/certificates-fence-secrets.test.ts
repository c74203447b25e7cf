import { expect } from "chai";
import { outcomeOf } from "./attempt.ts";
import { installedCluster, NAMESPACE } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

describe("the fence around the Secrets of the certificates", function () {
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
});
