import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { aClaim, annotate, label } from "./claims.ts";
import type { Attempts } from "./claims.ts";
import { fenceSuite } from "./fence-suite.ts";
import {
  NAMESPACE,
  succeed,
  WEBHOOK_CONFIGURATION,
  words,
} from "./installed-cluster.ts";

const NOT_OURS = "may touch only claims that the function made";
const MARK = annotate({ "volume-claim/unused-since": "2026-01-01T00:00:00Z" });

/** The policies know our accounts by a right that comes with their role, whatever their names are. */
describe("the policies about our accounts", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  /** Creates a binding in the namespace of the claims, or in the whole cluster. */
  const bind = (
    kind: "clusterrolebinding" | "rolebinding",
    ...args: readonly string[]
  ): Promise<string> =>
    succeed(fence.cluster.controlPlane, [
      "create",
      kind,
      `binding-${randomBytes(4).toString("hex")}`,
      ...args,
      ...(kind === "rolebinding" ? [`--namespace=${fence.namespace}`] : []),
    ]);

  /** What a new account with this role can do. */
  async function accountWith(
    kind: "clusterrolebinding" | "rolebinding",
    clusterRole: string,
  ): Promise<Attempts & { subject: string }> {
    const { cluster, namespace } = fence;
    const name = `account-${randomBytes(4).toString("hex")}`;
    const metadata = { name, namespace };
    await cluster.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    const subject = `--serviceaccount=${namespace}:${name}`;
    await bind(kind, `--clusterrole=${clusterRole}`, subject);
    return { ...(await fence.as(namespace, name)), subject };
  }

  it("hold for an account of another name that has the janitor's role in one namespace only", async () => {
    const confined = await accountWith(
      "rolebinding",
      "stateful-deployments-janitor",
    );
    const foreign = await fence.made({ drop: "managed" });
    expect(await inForce(() => confined.remove(foreign))).to.include(NOT_OURS);
    expect(await confined.patch(await fence.made(), MARK)).to.equal("allowed");
  });

  describe("hold for a person", () => {
    const people: readonly [
      role: string,
      says: string,
      args: readonly string[],
      input?: object,
    ][] = [
      [
        "function",
        "only claims of its own",
        ["create", "--filename=-", `--namespace=${fence.namespace}`],
        aClaim("unmarked", { drop: "managed" }),
      ],
      ["janitor", NOT_OURS, annotateByKubectl("foreign-to-people", "team=a")],
      [
        "certificates",
        "webhook-token only, not other",
        `create secret generic other --namespace=${NAMESPACE} --dry-run=server`.split(
          " ",
        ),
      ],
      [
        "certificates",
        "may write no metadata of a webhook",
        `label mutatingwebhookconfiguration/${WEBHOOK_CONFIGURATION} a=b --dry-run=server`.split(
          " ",
        ),
      ],
    ];

    before(async () => {
      await fence.admin.create(
        aClaim("foreign-to-people", { drop: "managed" }),
      );
      await fence.admin.create(aClaim("own-to-people"));
    });

    for (const [role, says, args, input] of people)
      it(`who has the role of the ${role}: ${says}`, async () => {
        const kubectl = await personWith(role);
        expect(await inForce(() => kubectl(args, input))).to.include(says);
      });

    it("who has the janitor's role, and may write its marks", async () => {
      const kubectl = await personWith("janitor");
      const mark = "volume-claim/unused-since=2026-01-01T00:00:00Z";
      expect(
        await inForce(() => kubectl(annotateByKubectl("own-to-people", mark))),
      ).to.include("annotated");
    });

    /** kubectl of a new user who has the rights of one of our programs, and may read claims. */
    async function personWith(role: string) {
      const user = `person-${randomBytes(4).toString("hex")}`;
      const rest = [`--user=${user}`];
      await bind(
        "clusterrolebinding",
        `--clusterrole=stateful-deployments-${role}`,
        ...rest,
      );
      await bind("rolebinding", "--clusterrole=view", ...rest);
      if (role === "certificates")
        await succeed(fence.cluster.controlPlane, [
          ...words(`create rolebinding ${user} --role=certificates`),
          `--namespace=${NAMESPACE}`,
          ...rest,
        ]);
      return async (args: readonly string[], input?: object) => {
        const { stdout, stderr } = await fence.cluster.controlPlane.kubectl(
          [...args, `--as=${user}`],
          input && { input: JSON.stringify(input) },
        );
        return stdout + stderr;
      };
    }

    function annotateByKubectl(claim: string, annotation: string): string[] {
      return [
        ...words(`annotate persistentvolumeclaim/${claim} ${annotation}`),
        `--namespace=${fence.namespace}`,
      ];
    }
  });

  for (const kind of ["clusterrolebinding", "rolebinding"] as const)
    it(`do not hold for an account with every right by a ${kind}`, async () => {
      const owner = await accountWith(kind, "cluster-admin");
      const foreign = aClaim("foreign", { drop: "managed" });
      expect(await inForce(() => owner.create(foreign))).to.equal("allowed");
      const claim = await fence.made({ drop: "managed" });
      expect(await owner.patch(claim, label({ a: "b" }))).to.equal("allowed");
      expect(await owner.remove(claim)).to.equal("allowed");
    });

  it("let cluster administrators change the markers of a claim, and reject that a tenant with every right in a namespace does", async () => {
    const claim = await fence.made();
    const change = label({ managed: null });
    const operator = await accountWith("clusterrolebinding", "cluster-admin");
    expect(await inForce(() => operator.patch(claim, change))).to.equal(
      "allowed",
    );
    const tenant = await accountWith("rolebinding", "cluster-admin");
    for (const one of [change, MARK])
      expect(await inForce(() => tenant.patch(claim, one))).to.include(
        "kept by stateful-deployments",
      );
    await fence.admin.patch(claim, change);
  });

  it("do not hold for a tenant who gives an account the janitor's right: every right in a namespace is enough for that", async () => {
    const claim = await fence.made();
    const tenant = `tenant-${randomBytes(4).toString("hex")}`;
    await bind(
      "rolebinding",
      "--clusterrole=cluster-admin",
      `--user=${tenant}`,
    );
    const helper = await accountWith("rolebinding", "edit");
    expect(await inForce(() => helper.patch(claim, MARK))).to.include(
      "kept by stateful-deployments",
    );
    await eventually("the tenant's role is in force", () =>
      bind(
        "rolebinding",
        "--clusterrole=stateful-deployments-janitor",
        helper.subject,
        `--as=${tenant}`,
      ),
    );
    await eventually(
      "the janitor's right is in force",
      async () => (await helper.patch(claim, MARK)) === "allowed",
    );
  });
});

/** What the API server says as soon as RBAC allows the request. */
function inForce(attempt: () => Promise<string>): Promise<string> {
  return eventually("the role is in force", async () => {
    const said = await attempt();
    return !/is forbidden: User|cannot \w+ resource/.test(said) && said;
  });
}
