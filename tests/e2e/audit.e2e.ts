import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { core, kubectl, ourNamespace } from "./cluster.ts";

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

describe("what our accounts asked of the API server meanwhile", () => {
  let events: AuditEvent[] = [];

  before(async function () {
    const state = process.env["E2E_CLUSTER_STATE"];
    if (state === undefined) this.skip();
    const log = await readFile(path.join(state, "logs/audit.jsonl"), "utf8");
    events = log
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as AuditEvent);
  });

  it("was never denied, by RBAC or by a policy", () => {
    expect(new Set(events.map(({ user }) => user.username))).to.include.members(
      [
        `system:serviceaccount:${ourNamespace}:function`,
        `system:serviceaccount:${ourNamespace}:janitor`,
        `system:serviceaccount:${ourNamespace}:certificates`,
      ],
    );
    const denied = events.filter(
      ({ responseStatus, annotations, requestURI }) =>
        annotations?.["authorization.k8s.io/decision"] === "forbid" ||
        // A quota of the user's may refuse a claim; nothing else may.
        (responseStatus?.code === 403 &&
          !requestURI.includes("/persistentvolumeclaims")),
    );
    expect(denied).to.deep.equal([]);
  });
});

describe("Pod Security restricted on our namespace", () => {
  it("is enforced, and every Pod of ours passes it", async () => {
    const { metadata } = await core.readNamespace({ name: ourNamespace });
    expect(metadata?.labels?.["pod-security.kubernetes.io/enforce"]).to.equal(
      "restricted",
    );
    // Checks the Pods that are there as if the label were new; a violation would be a warning.
    const output = await kubectl([
      "label",
      "namespace",
      ourNamespace,
      "pod-security.kubernetes.io/enforce=restricted",
      "--overwrite",
      "--dry-run=server",
      "--warnings-as-errors",
    ]);
    expect(output).to.not.match(/violate/);
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
