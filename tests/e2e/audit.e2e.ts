import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { core, functionPods, kubectl, ourNamespace } from "./cluster.ts";
import { nodeState } from "./mocha-output.ts";

/** A request of one of our accounts; the audit policy of `tests/e2e/cluster` logs no others. */
interface AuditEvent {
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

/** Requests that RBAC, a policy or a quota has forbidden. */
function deniedOf(events: readonly AuditEvent[]): AuditEvent[] {
  return events.filter(
    ({ responseStatus, annotations }) =>
      (annotations?.["authorization.k8s.io/decision"] === "forbid" ||
        responseStatus?.code === 403) &&
      // The tests delete namespaces whose Pods are still being admitted or swept: no rule forbids this.
      !/because it is being terminated/.test(responseStatus?.message ?? ""),
  );
}

describe("what our accounts asked of the API server meanwhile", () => {
  let events: readonly AuditEvent[] = [];

  before(async function () {
    events = await readAudit(nodeState(this));
  });

  it("was never denied, by RBAC or by a policy", () => {
    expect(new Set(events.map(({ user }) => user.username))).to.include.members(
      ["function", "janitor", "certificates"].map(
        (account) => `system:serviceaccount:${ourNamespace}:${account}`,
      ),
    );
    expect(deniedOf(events)).to.deep.equal([]);
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
