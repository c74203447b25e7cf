import { randomBytes } from "node:crypto";
import type { V1PolicyRule } from "@kubernetes/client-node";
import { expect } from "chai";
import { hasFailures, outcomesOf } from "../../../janitor/actions/outcome.ts";
import { startTimeoutMs } from "../../support/shared-control-plane.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { accountWith, JANITOR_RULES } from "./account.ts";
import { reasonsOf, runJanitor, sweepOn } from "./runs.ts";
import {
  claimsIn,
  createClaim,
  createClaims,
  createPod,
  janitorControlPlane,
} from "./world.ts";

function concernsPods({ resources }: V1PolicyRule): boolean {
  return resources?.includes("pods") === true;
}

const BOUND = { "pv.kubernetes.io/bind-completed": "yes" };

describe("the janitor's rights on a real API server", function () {
  this.timeout(20_000);
  let controlPlane: ControlPlane;
  let namespace: string;

  const newNamespace = async (): Promise<string> => {
    const name = `rights-${randomBytes(4).toString("hex")}`;
    await createNamespace(controlPlane.kubeConfig, name);
    return name;
  };
  /** A kubeconfig of an account with the janitor's rights, less these verbs on claims, in this namespace. */
  const janitorWithout = async (...verbs: string[]): Promise<string> =>
    controlPlane.kubeconfigFor(
      await accountWith(
        controlPlane,
        namespace,
        JANITOR_RULES.map((rule) =>
          rule.resources?.includes("persistentvolumeclaims")
            ? {
                ...rule,
                verbs: rule.verbs.filter((verb) => !verbs.includes(verb)),
              }
            : rule,
        ),
      ),
    );

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await janitorControlPlane();
  });
  beforeEach(async () => {
    namespace = await newNamespace();
  });

  it("J18 sets owners and deletes, Event included, with exactly its rights under OwnerReferencesPermissionEnforcement", async () => {
    const used = await createClaim(controlPlane, namespace, {
      annotations: BOUND,
    });
    const unused = await createClaim(controlPlane, namespace);
    const pod = await createPod(controlPlane, namespace, "web-1", used.name, {
      nodeName: "node-1",
    });
    const report = await sweepOn(await janitorWithout(), namespace);
    expect(report.namespaces.flatMap(({ failures }) => failures)).to.deep.equal(
      [],
    );
    expect(report.lostEvents).to.equal(0);
    expect(reasonsOf(report)).to.deep.equal({
      [used.name]: "in-use",
      [unused.name]: "unused",
    });
    const left = await claimsIn(controlPlane, namespace);
    expect([...left.keys()]).to.deep.equal([used.name]);
    expect(left.get(used.name)?.metadata?.ownerReferences).to.deep.equal([
      {
        apiVersion: "v1",
        kind: "Pod",
        name: "web-1",
        uid: pod.metadata?.uid,
      },
    ]);
  });

  it("J18 cannot set owners without the right to delete claims, says so and goes on", async () => {
    const used = await createClaim(controlPlane, namespace, {
      annotations: BOUND,
    });
    await createPod(controlPlane, namespace, "web-1", used.name, {
      nodeName: "node-1",
    });
    const report = await sweepOn(await janitorWithout("delete"), namespace);
    expect(hasFailures(report)).to.equal(true);
    expect(
      report.namespaces.flatMap(({ failures }) => failures).join(),
    ).to.match(/cannot set owners .* cannot set an ownerRef/);
    expect(outcomesOf(report)[0]?.owners).to.equal(undefined);
  });

  it("J21 sweeps the namespace it has rights in, tells of the other and exits 1", async () => {
    const [unused = ""] = await createClaims(controlPlane, namespace, 1);
    const kubeconfig = await janitorWithout();
    const other = await newNamespace();
    const [untouched = ""] = await createClaims(controlPlane, other, 1);
    const { exitCode, stdout, stderr } = await runJanitor(kubeconfig, [
      `--namespace=${other}`,
      `--namespace=${namespace}`,
      "--grace-period=0s",
      "--unsafe-grace-period",
    ]);
    expect(exitCode, stderr).to.equal(1);
    expect(stderr).to.match(
      new RegExp(
        `^janitor: namespace ${other}: cannot look for claims: .*forbidden`,
      ),
    );
    expect(stdout).to.match(new RegExp(`${unused} .* deleted .* unused`));
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(0);
    expect([...(await claimsIn(controlPlane, other)).keys()]).to.deep.equal([
      untouched,
    ]);
  });

  it("J21 sweeps all namespaces but the one whose Pods it may not list, tells of that one and exits 1", async () => {
    const [unused = ""] = await createClaims(controlPlane, namespace, 1);
    const hidden = await newNamespace();
    const [untouched = ""] = await createClaims(controlPlane, hidden, 1);
    // It may delete claims in both: what keeps it from that is the janitor itself.
    const kubeconfig = controlPlane.kubeconfigFor(
      await accountWith(
        controlPlane,
        namespace,
        JANITOR_RULES.filter(concernsPods),
        JANITOR_RULES.filter((rule) => !concernsPods(rule)),
      ),
    );
    const { exitCode, stdout, stderr } = await runJanitor(kubeconfig, [
      "--grace-period=0s",
      "--unsafe-grace-period",
    ]);
    expect(exitCode, stderr).to.equal(1);
    expect(stderr).to.match(
      new RegExp(
        `^janitor: namespace ${hidden}: cannot list the Pods, so nothing is deleted here: .*forbidden`,
        "m",
      ),
    );
    expect(stderr).not.to.include(`namespace ${namespace}:`);
    expect(stdout).to.match(new RegExp(`${unused} .* deleted .* unused`));
    expect(stdout).to.match(
      new RegExp(`${untouched} .* kept .* namespace-failed`),
    );
    expect((await claimsIn(controlPlane, namespace)).size).to.equal(0);
    const [left, ...more] = (await claimsIn(controlPlane, hidden)).values();
    expect(left?.metadata?.name).to.equal(untouched);
    expect(left?.metadata?.deletionTimestamp).to.equal(undefined);
    expect(more).to.deep.equal([]);
  });

  it("J21 names the flag that helps when all namespaces are too much", async () => {
    const { exitCode, stderr } = await runJanitor(await janitorWithout(), []);
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(
      /^janitor: cannot list the claims: .*forbidden.*--namespace sweeps.*\n$/,
    );
  });
});
