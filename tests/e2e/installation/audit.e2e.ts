import { readFile } from "node:fs/promises";
import path from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { commandsOf, runBlock } from "../../support/install-manual.ts";
import { core, functionPods, kubectl, ourNamespace } from "../steps/cluster.ts";
import { nodeState } from "../steps/mocha-output.ts";

/** A request of one of our accounts; the audit policy of `tests/e2e/cluster` logs no others. */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string };
  readonly user: { readonly username: string };
  readonly responseStatus?: {
    readonly code?: number;
    readonly message?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The API server's audit log, oldest first. */
async function readAudit(state: string): Promise<AuditEvent[]> {
  const log = await readFile(path.join(state, "logs/audit.jsonl"), "utf8");
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent);
}

/**
 * Answers 403 that the tests provoke: they delete namespaces whose Pods are still being admitted or swept, and `storage/limits` has a
 * quota and a LimitRange.
 */
const provoked =
  /because it is being terminated|is forbidden: (?:exceeded quota|(?:minimum|maximum) storage usage)/;

/** Requests that RBAC or a policy has forbidden. */
function deniedOf(events: readonly AuditEvent[]): AuditEvent[] {
  return events.filter(
    ({ responseStatus, annotations }) =>
      (annotations?.["authorization.k8s.io/decision"] === "forbid" ||
        responseStatus?.code === 403) &&
      !provoked.test(responseStatus?.message ?? ""),
  );
}

/** A client with the token of an account of ours. */
async function clientOf(account: string): Promise<CoreV1Api> {
  const token = await kubectl(
    `create token ${account} --namespace=${ourNamespace}`,
  );
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("KUBECONFIG names no cluster");
  config.loadFromClusterAndUser(cluster, { name: account, token });
  return config.makeApiClient(CoreV1Api);
}

describe("what our accounts asked of the API server meanwhile", () => {
  let state = "";
  let events: readonly AuditEvent[] = [];

  before(async function () {
    state = nodeState(this);
    events = await readAudit(state);
  });

  it("was never denied, by RBAC or by a policy", () => {
    expect(new Set(events.map(({ user }) => user.username))).to.include.members(
      ["function", "janitor", "certificates"].map(
        (account) => `system:serviceaccount:${ourNamespace}:${account}`,
      ),
    );
    const denied = deniedOf(events).map(
      ({ requestURI, responseStatus, user, verb }) =>
        `${user.username}: ${verb} ${requestURI}: ${responseStatus?.message}`,
    );
    // In the message, because mocha prints no difference of long lists.
    expect(denied, denied.join("\n")).to.be.empty;
  });

  it("would show here if a policy of ours or RBAC had denied it", async () => {
    const asFunction = await clientOf("function");
    const attempts = [
      // The policy rejects a claim without our labels. In a dry run, or it would exist if the policy did not.
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
    const byPolicy = denied.find(({ verb }) => verb === "create");
    expect(byPolicy?.requestURI).to.match(/\/persistentvolumeclaims/);
    expect(byPolicy?.responseStatus?.message).to.match(
      /ValidatingAdmissionPolicy 'stateful-deployments-function'/,
    );
    expect(
      denied.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`),
    ).to.have.members(["create persistentvolumeclaims", "list secrets"]);
  });
});

describe("Pod Security restricted on our namespace", () => {
  // One of the function's Pods exists then.
  before(async () => {
    for (const block of await commandsOf("Verify")) await runBlock(block, {});
  });

  it("is enforced: a Pod that asks for more than ours is rejected", async () => {
    const { metadata } = await core.readNamespace({ name: ourNamespace });
    expect(metadata?.labels?.["pod-security.kubernetes.io/enforce"]).to.equal(
      "restricted",
    );
    const rejection = await core
      .createNamespacedPod({
        namespace: ourNamespace,
        dryRun: "All",
        body: {
          metadata: { name: "as-root" },
          spec: { containers: [{ name: "main", image: "any" }] },
        },
      })
      .then(() => "allowed", String);
    expect(rejection).to.match(/violates PodSecurity.*restricted/);
  });

  it("is passed by every Pod of ours that exists", async () => {
    expect(await functionPods()).to.not.be.empty;
    // Kubernetes checks existing Pods only when the policy changes; naming the version that `latest` means is a change.
    const { serverVersion } = JSON.parse(
      await kubectl("version --output=json"),
    ) as { serverVersion: { major: string; minor: string } };
    const version = `v${serverVersion.major}.${parseInt(serverVersion.minor, 10)}`;
    // A violation would be a warning.
    await kubectl(
      `label namespace ${ourNamespace} pod-security.kubernetes.io/enforce-version=${version} --overwrite --dry-run=server --warnings-as-errors`,
    );
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
