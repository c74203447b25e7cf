import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { installedCluster, NAMESPACE, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

describe("the fence around the Secrets of the certificates", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  /** Tries it without creating anything. */
  async function createSecret(
    body: object,
    namespace = NAMESPACE,
  ): Promise<string> {
    const api = await cluster.as(NAMESPACE, "certificates");
    return await outcomeOf(
      api({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/secrets`,
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

  it("leave the Secrets of other namespaces alone, where RBAC gives the account nothing", async () => {
    const namespace = `secrets-${randomBytes(4).toString("hex")}`;
    const { controlPlane } = cluster;
    await createNamespace(controlPlane.kubeConfig, namespace);
    await succeed(controlPlane, [
      "create",
      "rolebinding",
      "certificates",
      "--clusterrole=edit",
      `--serviceaccount=${NAMESPACE}:certificates`,
      `--namespace=${namespace}`,
    ]);
    const said = await eventually("the role is in force", async () => {
      const outcome = await createSecret(
        { metadata: { name: "other" } },
        namespace,
      );
      return !outcome.includes("cannot create resource") && outcome;
    });
    expect(said).to.equal("allowed");
  });
});
