import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { eventually } from "../support/eventually.ts";
import { aClaim, attemptsOn, claimsOf } from "./claims.ts";
import type { Attempts, ClaimOver, Claims } from "./claims.ts";
import { installedCluster, NAMESPACE, succeed } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";

const RBAC = "rbac.authorization.k8s.io";

/** Who tries what about the claims of one namespace; filled by the `before` hook. */
export interface FenceSuite {
  readonly cluster: InstalledCluster;
  readonly namespace: string;
  /** Of the group system:masters; changes claims. */
  readonly admin: Claims;
  readonly function: Attempts;
  readonly janitor: Attempts;
  /** Has every right on claims in the namespace. */
  readonly tenant: Attempts;
  /** What this account tries in this namespace. */
  as(namespace: string, account: string, claimsIn?: string): Promise<Attempts>;
  /** Creates a claim as the function does, and returns its name. A finalizer keeps the garbage collector from it. */
  made(over?: ClaimOver): Promise<string>;
}

/** Creates a namespace and accounts for the suite in which it is called. */
export function fenceSuite(): FenceSuite {
  let count = 0;
  const suite = {
    namespace: `fence-${randomBytes(4).toString("hex")}`,
    as: async (namespace, account, claimsIn = suite.namespace) =>
      attemptsOn(
        await suite.cluster.as(namespace, account),
        suite.cluster.admin,
        claimsIn,
      ),
    async made(over = {}) {
      count += 1;
      const name = `claim-${count}`;
      await suite.admin.create(
        aClaim(name, { finalizers: ["example.com/test"], ...over }),
      );
      if (over.bound)
        await eventually("the claim is bound", async () => {
          const { status } = await suite.admin.get(name);
          return status?.phase === "Bound";
        });
      return name;
    },
  } as FenceSuite;

  before(async function () {
    const cluster = await installedCluster(this);
    const { namespace } = suite;
    await createNamespace(cluster.controlPlane.kubeConfig, namespace);
    await cluster.apply(...accounts(namespace));
    // Else the API server itself rejects that a claim grows.
    await succeed(cluster.controlPlane, [
      "patch",
      "storageclass/standard",
      '--patch={"allowVolumeExpansion":true}',
    ]);
    Object.assign(suite, {
      cluster,
      admin: claimsOf(cluster.admin, namespace),
    });
    Object.assign(suite, {
      function: await suite.as(NAMESPACE, "function"),
      janitor: await suite.as(NAMESPACE, "janitor"),
      tenant: await suite.as(namespace, "tenant"),
    });
  });
  return suite;
}

type Who = "function" | "janitor" | "tenant";

/** Lines of fences.yaml. */
interface Fenced {
  readonly of?: ClaimOver;
  readonly allowed?: Readonly<Record<string, ClaimOver>>;
  readonly rejected?: Readonly<Record<string, Record<string, ClaimOver>>>;
}

const fences = parse(
  readFileSync(new URL("fences.yaml", import.meta.url), "utf8"),
  { merge: true },
) as Record<Who, Partial<Record<"creates" | "deletes" | "changes", Fenced>>>;

/** A test for each line of fences.yaml about this account. */
export function itIsFenced(suite: FenceSuite, who: Who): void {
  const { creates = {}, deletes = {}, changes = {} } = fences[who];
  itSays("creates a claim", creates, (over) =>
    suite[who].create(aClaim("new", over)),
  );
  const by = who === "function" ? (["uid"] as const) : undefined;
  itSays("deletes a claim", deletes, async (over) =>
    suite[who].remove(await suite.made(over), by),
  );
  let changed: Promise<string> | undefined;
  itSays("changes", changes, async (given) => {
    const change = "spec" in given ? given : { metadata: given };
    changed ??= suite.made(changes.of);
    const said = await suite[who].patch(await changed, change);
    if (who === "tenant")
      expect(await suite[who].patch(await changed, change, "/status")).to.equal(
        said,
      );
    return said;
  });
}

function itSays(
  act: string,
  { allowed = {}, rejected = {} }: Fenced,
  attempt: (given: ClaimOver) => Promise<string>,
): void {
  for (const [title, given] of Object.entries(allowed))
    it(`allows that it ${act} ${title}`, async () => {
      expect(await attempt(withTimes(given))).to.equal("allowed");
    });
  for (const [says, all] of Object.entries(rejected))
    for (const [title, given] of Object.entries(all))
      it(`rejects that it ${act} ${title}`, async () => {
        expect(await attempt(withTimes(given))).to.include(says);
      });
}

/** With a time in place of each text such as `60 s ago`. */
function withTimes(given: ClaimOver): ClaimOver {
  return JSON.parse(JSON.stringify(given), (_, value: unknown) => {
    const ago = /^(-?\d+) s ago$/.exec(String(value))?.[1];
    return ago === undefined
      ? value
      : new Date(Date.now() - 1_000 * Number(ago)).toISOString();
  }) as ClaimOver;
}

/** More rights than the manifests give: what is rejected then is rejected by the policies. */
function accounts(namespace: string): object[] {
  const metadata = { name: "everything", namespace };
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "tenant", namespace },
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata,
      rules: [
        {
          apiGroups: [""],
          resources: [
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
          ],
          verbs: ["*"],
        },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: metadata.name },
      subjects: [
        { kind: "ServiceAccount", name: "tenant", namespace },
        { kind: "ServiceAccount", name: "function", namespace: NAMESPACE },
        { kind: "ServiceAccount", name: "janitor", namespace: NAMESPACE },
      ],
    },
  ];
}
