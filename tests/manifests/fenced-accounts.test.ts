import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, claimsOf, versionOf, without } from "./claims-of-tests.ts";
import {
  installedCluster,
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
} from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const OURS = `--namespace=${NAMESPACE}`;
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
    await admin.create(without(aClaim("foreign-to-people"), "managed"));
    await admin.create(aClaim("own-to-people"));
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

  const people: readonly {
    readonly role: string;
    readonly args: readonly string[];
    readonly input?: object;
    readonly says: string;
  }[] = [
    {
      role: "function",
      args: ["create", "--filename=-", `--namespace=${namespace}`],
      input: without(aClaim("unmarked"), "managed"),
      says: "only claims of its own",
    },
    {
      role: "janitor",
      args: annotate("foreign-to-people", "team=a"),
      says: FOREIGN,
    },
    {
      role: "certificates",
      args: ["create", "secret", "generic", "other", OURS, "--dry-run=server"],
      says: "webhook-token only, not other",
    },
    {
      role: "certificates",
      args: [
        "label",
        `mutatingwebhookconfiguration/${WEBHOOK_CONFIGURATION}`,
        "a=b",
        "--dry-run=server",
      ],
      says: "may write no metadata of a webhook",
    },
  ];
  for (const { role, args, input, says } of people)
    it(`hold for a person who has the role of the ${role} in the whole cluster: ${says}`, async () => {
      const as = await personWith(role);
      expect(await inForce(() => as(args, input))).to.include(says);
    });

  it("let a person who has the janitor's role write the janitor's marks", async () => {
    const as = await personWith("janitor");
    const mark = "volume-claim/unused-since=2026-01-01T00:00:00Z";
    expect(await inForce(() => as(annotate("own-to-people", mark)))).to.include(
      "annotated",
    );
  });

  it("do not bind a tenant who has every right in a namespace there: the tenant may give an account the janitor's right", async () => {
    await admin.create(aClaim("of-tenant"));
    const tenant = `tenant-${randomBytes(4).toString("hex")}`;
    const inNamespace = `--namespace=${namespace}`;
    await succeed(cluster.controlPlane, [
      "create",
      "rolebinding",
      tenant,
      "--clusterrole=cluster-admin",
      `--user=${tenant}`,
      inNamespace,
    ]);
    const helper = await withRole(`${tenant}-helper`, "rolebinding", "edit");
    const mark = () =>
      outcomeOf(
        helper.patch("of-tenant", {
          metadata: { annotations: { "volume-claim/unused-since": "x" } },
        }),
      );
    const before = await eventually("the role is in force", async () => {
      const said = await mark();
      return !said.includes("cannot patch resource") && said;
    });
    expect(before).to.include("kept by stateful-deployments");

    const asTenant = async (...args: readonly string[]) =>
      await inForce(async () => {
        const { stdout, stderr } = await cluster.controlPlane.kubectl([
          "create",
          ...args,
          inNamespace,
          `--as=${tenant}`,
        ]);
        return stdout + stderr;
      });
    expect(
      await asTenant(
        "rolebinding",
        `${tenant}-janitor`,
        "--clusterrole=stateful-deployments-janitor",
        `--serviceaccount=${namespace}:${tenant}-helper`,
      ),
    ).to.include("created");
    await eventually(
      "the janitor's right is in force",
      async () => (await mark()) === "allowed",
    );
  });

  /** What a new user asks for who has the rights of one of our programs, and may read the claims of the namespace as kubectl does. */
  async function personWith(role: string) {
    const user = `person-${randomBytes(4).toString("hex")}`;
    const bind = (binding: string, ...args: readonly string[]) =>
      succeed(cluster.controlPlane, [
        "create",
        binding,
        user,
        `--user=${user}`,
        ...args,
      ]);
    await bind(
      "clusterrolebinding",
      `--clusterrole=stateful-deployments-${role}`,
    );
    await bind("rolebinding", "--clusterrole=view", `--namespace=${namespace}`);
    if (role === "certificates")
      await bind("rolebinding", "--role=certificates", OURS);
    return async (args: readonly string[], input?: object): Promise<string> => {
      const { stdout, stderr } = await cluster.controlPlane.kubectl(
        [...args, `--as=${user}`],
        input && { input: JSON.stringify(input) },
      );
      return stdout + stderr;
    };
  }

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

  function annotate(claim: string, annotation: string): string[] {
    return [
      "annotate",
      `persistentvolumeclaim/${claim}`,
      annotation,
      `--namespace=${namespace}`,
    ];
  }
});

/** What was said as soon as it is not any more that the roles do not allow it. */
async function inForce(attempt: () => Promise<string>): Promise<string> {
  return await eventually("the roles are in force", async () => {
    const said = await attempt();
    return !said.includes("is forbidden: User") && said;
  });
}
