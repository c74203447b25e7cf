import { expect } from "chai";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { eventually } from "../support/eventually.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { deniedOf, readAudit } from "./audit-log.ts";
import type { AuditEvent } from "./audit-log.ts";
import { core, functionPods, kubectl, ourNamespace } from "./cluster.ts";
import { nodeState } from "./skip-because.ts";

describe("what our accounts asked of the API server meanwhile", () => {
  let state = "";
  let events: readonly AuditEvent[] = [];

  before(async function () {
    state = nodeState(this);
    events = await readAudit(state);
  });

  it("was never denied, by RBAC or by a policy", () => {
    expect(new Set(events.map(({ user }) => user.username))).to.include.members(
      [
        `system:serviceaccount:${ourNamespace}:function`,
        `system:serviceaccount:${ourNamespace}:janitor`,
        `system:serviceaccount:${ourNamespace}:certificates`,
      ],
    );
    expect(deniedOf(events)).to.deep.equal([]);
  });

  it("would show here if a fence of ours or RBAC had denied it", async () => {
    const asFunction = await clientOf("function");
    const attempts = [
      // A claim without our markers: the fence. In a dry run, or it would be there if the fence were not.
      asFunction.createNamespacedPersistentVolumeClaim({
        namespace: "default",
        dryRun: "All",
        body: {
          metadata: { name: "unmarked" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Mi" } },
          },
        },
      }),
      asFunction.listNamespacedSecret({ namespace: "default" }),
    ];
    const codes = await Promise.all(
      attempts.map((attempt) =>
        attempt.then(
          () => "allowed",
          (error: unknown) => (error as { code?: number }).code,
        ),
      ),
    );
    expect(codes).to.deep.equal([403, 403]);
    const denied = await eventually("both in the log", async () => {
      const later = deniedOf((await readAudit(state)).slice(events.length));
      return later.length >= 2 && later;
    });
    const byFence = denied.find(({ verb }) => verb === "create");
    expect(byFence?.requestURI).to.match(/\/persistentvolumeclaims/);
    expect(byFence?.responseStatus?.message).to.match(
      /ValidatingAdmissionPolicy 'stateful-deployments-function'/,
    );
    expect(
      denied.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`),
    ).to.have.members(["create persistentvolumeclaims", "list secrets"]);
  });
});

/** A client with the token of an account of ours. */
async function clientOf(account: string): Promise<CoreV1Api> {
  const token = await kubectl([
    "create",
    "token",
    account,
    `--namespace=${ourNamespace}`,
  ]);
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("KUBECONFIG names no cluster");
  config.loadFromClusterAndUser(cluster, { name: account, token });
  return config.makeApiClient(CoreV1Api);
}

describe("Pod Security restricted on our namespace", () => {
  // One of the function's Pods is there then.
  before(async () => {
    for (const block of await commandsOf("Verify")) await runBlock(block, {});
  });

  it("is enforced: a Pod that asks for more than ours is refused", async () => {
    const { metadata } = await core.readNamespace({ name: ourNamespace });
    expect(metadata?.labels?.["pod-security.kubernetes.io/enforce"]).to.equal(
      "restricted",
    );
    await core
      .createNamespacedPod({
        namespace: ourNamespace,
        dryRun: "All",
        body: {
          metadata: { name: "as-root" },
          spec: { containers: [{ name: "main", image: "any" }] },
        },
      })
      .then(
        () => expect.fail("it was allowed"),
        (error: unknown) =>
          expect(String(error)).to.match(/violates PodSecurity.*restricted/),
      );
  });

  it("is passed by every Pod of ours that is there", async () => {
    expect(await functionPods()).to.not.be.empty;
    // Pods that are there are looked at only when the policy changes; the version that `latest` means is such a change.
    const { serverVersion } = JSON.parse(
      await kubectl(["version", "--output=json"]),
    ) as { serverVersion: { major: string; minor: string } };
    const version = `v${serverVersion.major}.${parseInt(serverVersion.minor, 10)}`;
    // A violation would be a warning.
    await kubectl([
      "label",
      "namespace",
      ourNamespace,
      `pod-security.kubernetes.io/enforce-version=${version}`,
      "--overwrite",
      "--dry-run=server",
      "--warnings-as-errors",
    ]);
    const { items: events } = await core.listNamespacedEvent({
      namespace: ourNamespace,
    });
    expect(
      events.filter(({ message }) =>
        /violates PodSecurity/.test(message ?? ""),
      ),
    ).to.deep.equal([]);
  });
});
