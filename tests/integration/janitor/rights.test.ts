import type { V1PolicyRule } from "@kubernetes/client-node";
import { expect } from "chai";
import { accountWith } from "../../support/account.ts";
import { NO_GRACE, reasonsOf, runJanitor, sweepOn } from "./runs.ts";
import { BOUND, janitorAlone } from "./suite.ts";

/** What the janitor needs in a namespace, and not a verb more. */
const JANITOR_RULES: readonly V1PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["persistentvolumeclaims"],
    verbs: ["list", "patch", "delete"],
  },
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"] },
];

function concernsPods({ resources }: V1PolicyRule): boolean {
  return resources?.includes("pods") === true;
}

describe("the janitor's rights on a real API server", function () {
  this.timeout(60_000);
  const suite = janitorAlone("rights");

  /** A kubeconfig of a new account with these rights in the namespace and with those of `inCluster` in all of them. */
  async function account(
    inNamespace: readonly V1PolicyRule[],
    inCluster: readonly V1PolicyRule[] = [],
  ): Promise<string> {
    const { controlPlane, namespace } = suite;
    const rights = { inNamespace, inCluster };
    return (await accountWith(controlPlane, namespace, rights)).kubeconfig;
  }

  it("J18 sets owners and deletes, Event included, with exactly its rights under OwnerReferencesPermissionEnforcement", async () => {
    const used = await suite.createClaim({ annotations: BOUND });
    const unused = await suite.createClaim();
    const uid = await suite.createPod("web-1", used, {
      spec: { nodeName: "node-1" },
    });
    const report = await sweepOn(await account(JANITOR_RULES), suite.namespace);
    expect(report.namespaces[0]?.failures).to.deep.equal([]);
    expect(report.lostEvents).to.equal(0);
    expect(reasonsOf(report)).to.deep.equal({
      [used]: "in-use",
      [unused]: "unused",
    });
    expect(await suite.names()).to.deep.equal([used]);
    const { ownerReferences } = await suite.metadataOf(used);
    expect(ownerReferences).to.deep.equal([
      { apiVersion: "v1", kind: "Pod", name: "web-1", uid },
    ]);
  });

  it("J21 names --namespace when it may not list all namespaces; with it sweeps where it may, reports the other namespace and exits 1", async () => {
    const unused = await suite.createClaim();
    const kubeconfig = await account(JANITOR_RULES);
    const all = await runJanitor(kubeconfig, []);
    expect(all.exitCode).to.equal(1);
    expect(all.stderr).to.match(
      /^janitor: cannot list the claims: .*forbidden.*--namespace sweeps.*\n$/,
    );
    const other = await suite.createNamespace("other");
    const untouched = await suite.createClaim({}, other);
    const { exitCode, stdout, stderr } = await runJanitor(kubeconfig, [
      `--namespace=${other}`,
      `--namespace=${suite.namespace}`,
      ...NO_GRACE,
    ]);
    expect(exitCode, stderr).to.equal(1);
    expect(stderr).to.match(
      new RegExp(
        `^janitor: namespace ${other}: cannot look for claims: .*forbidden`,
      ),
    );
    expect(stdout).to.match(new RegExp(`${unused} .* deleted .* unused`));
    expect(await suite.names()).to.deep.equal([]);
    expect(await suite.names(other)).to.deep.equal([untouched]);
  });

  it("J21 sweeps all namespaces but the one whose Pods it may not list, and reports that one", async () => {
    const unused = await suite.createClaim();
    const hidden = await suite.createNamespace("hidden");
    const untouched = await suite.createClaim({}, hidden);
    // It may delete claims in both: only the janitor itself keeps it from that.
    const report = await sweepOn(
      await account(
        JANITOR_RULES.filter(concernsPods),
        JANITOR_RULES.filter((rule) => !concernsPods(rule)),
      ),
      suite.namespace,
      { namespaces: [] },
    );
    expect(reasonsOf(report)).to.include({
      [unused]: "unused",
      [untouched]: "namespace-failed",
    });
    const failures = new Map(
      report.namespaces.map((one) => [one.namespace, one.failures.join()]),
    );
    expect(failures.get(suite.namespace)).to.equal("");
    expect(failures.get(hidden)).to.match(
      /^cannot list the Pods, so nothing is deleted here: .*forbidden/,
    );
    expect(await suite.names()).to.deep.equal([]);
    expect(await suite.names(hidden)).to.deep.equal([untouched]);
  });
});
