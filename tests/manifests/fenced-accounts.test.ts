import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, claimsOf, versionOf, without } from "./claims-of-tests.ts";
import { installedCluster, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const FOREIGN = "may touch only claims that the function made";

/** The policies know our accounts by a right that comes with their role, whatever their names are. */
describe("the fences", function () {
  this.timeout(60_000);
  const namespace = `fenced-${randomBytes(4).toString("hex")}`;
  let cluster: InstalledCluster;
  let admin: ReturnType<typeof claimsOf>;

  before(async function () {
    cluster = await installedCluster(this);
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    admin = claimsOf(cluster.admin, namespace);
  });

  /** The claims of the namespace, as a new account sees them that has this role: in the namespace, or in the whole cluster. */
  async function withRole(
    account: string,
    binding: "clusterrolebinding" | "rolebinding",
    clusterRole: string,
  ): Promise<ReturnType<typeof claimsOf>> {
    const inNamespace = `--namespace=${namespace}`;
    await succeed(cluster.controlPlane, [
      "create",
      "serviceaccount",
      account,
      inNamespace,
    ]);
    await succeed(cluster.controlPlane, [
      "create",
      binding,
      `${namespace}-${account}`,
      `--clusterrole=${clusterRole}`,
      `--serviceaccount=${namespace}:${account}`,
      ...(binding === "rolebinding" ? [inNamespace] : []),
    ]);
    return claimsOf(await cluster.as(namespace, account), namespace);
  }

  it("hold for an account of another name that has the janitor's role in one namespace only", async () => {
    const { name, ...version } = versionOf(
      await admin.create(without(aClaim("foreign"), "managed")),
    );
    const own = versionOf(await admin.create(aClaim("own")));
    const confined = await withRole(
      "confined",
      "rolebinding",
      "stateful-deployments-janitor",
    );
    const refused = await eventually("the role is in force", async () => {
      const said = await outcomeOf(confined.remove(name, version));
      return !said.includes("cannot delete resource") && said;
    });
    expect(refused).to.include(FOREIGN);
    expect(
      await outcomeOf(
        confined.patch(own.name, {
          metadata: { annotations: { "volume-claim/unused-since": "x" } },
        }),
      ),
    ).to.equal("allowed");
  });

  for (const [account, binding] of [
    ["operator", "clusterrolebinding"],
    ["owner", "rolebinding"],
  ] as const)
    it(`leave alone an account with every right by a ${binding}, which has that right too`, async () => {
      const claims = await withRole(account, binding, "cluster-admin");
      const claim = without(aClaim(`of-${account}`), "managed");
      const said = await eventually("the role is in force", async () => {
        const outcome = await outcomeOf(claims.create(claim));
        return !outcome.includes("cannot create resource") && outcome;
      });
      expect(said).to.equal("allowed");
      const { name } = versionOf(claim);
      expect(
        await outcomeOf(
          claims.patch(name, { metadata: { labels: { a: "b" } } }),
        ),
      ).to.equal("allowed");
      expect(await outcomeOf(claims.remove(name))).to.equal("allowed");
    });

  it("refuse that a tenant with every right in a namespace changes a marker there: that does not make it the janitor", async () => {
    const tenant = await withRole("tenant", "rolebinding", "cluster-admin");
    await admin.create(aClaim("marked"));
    const said = await eventually("the role is in force", async () => {
      const outcome = await outcomeOf(
        tenant.patch("marked", {
          metadata: { annotations: { "volume-claim/unused-since": "x" } },
        }),
      );
      return !outcome.includes("cannot patch resource") && outcome;
    });
    expect(said).to.include("kept by stateful-deployments");
  });
});
