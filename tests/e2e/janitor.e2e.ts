import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { claimVolumes, nameOf } from "../support/pods-and-claims.ts";
import { expectAdopted } from "./adopted.ts";
import { apply, claimsIn, core, kubectl } from "./cluster.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { makeOrphans } from "./orphans.ts";
import { sweepNow } from "./our-jobs.ts";
import { nodeState } from "./skip-because.ts";
import { volumeDirectories, volumesOf, volumesToGo } from "./volumes.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-janitor";
/** The garbage collector, then the provisioner's helper Pod that removes the directory. */
const collectedTimeoutMs = 120_000;

describe("a sweep from the janitor's image, with its own account", () => {
  let held = "";

  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("W1 J6 deletes the claims of Pods that were refused, and keeps one that is held and those in use", async () => {
    await apply(deploymentWithClaims(namespace, "used", 2));
    const used = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "used", 2),
    );
    const orphans = await makeOrphans(namespace);
    held = orphans.pop() ?? "";
    if (orphans.length === 0) {
      // One try was enough for one claim; another one gives the janitor something to delete.
      await kubectl([
        "delete",
        "deployment",
        "refused",
        "--namespace",
        namespace,
      ]);
      orphans.push(...(await makeOrphans(namespace)));
    }
    expect(orphans).to.not.be.empty;
    await kubectl([
      "annotate",
      "pvc",
      held,
      "--namespace",
      namespace,
      "volume-claim/hold=true",
    ]);

    const output = await sweepNow(
      "--grace-period=0s",
      "--unsafe-grace-period",
      `--namespace=${namespace}`,
    );
    const left = (await claimsIn(namespace)).map(nameOf);
    expect(left.toSorted(), output).to.deep.equal([...used, held].toSorted());
  });

  it("J17 J18 hands claims to their Pods, and a Pod that goes takes claim and volume along without another sweep", async () => {
    const pods = await readyPods(namespace, "used", 2);
    await expectAdopted(pods);
    const [pod] = pods;
    if (pod === undefined) throw new Error("there is no Pod");
    const claims = claimVolumes(pod).map(({ claim }) => claim);
    const volumes = (await volumesOf(namespace))
      .filter(({ spec }) => claims.includes(spec?.claimRef?.name ?? ""))
      .map(({ metadata }) => metadata?.name ?? "");
    expect(volumes).to.have.lengthOf(1);
    await core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
    await eventually(
      `claim ${claims.join()} gone`,
      async () =>
        (await claimsIn(namespace)).every(
          (claim) => !claims.includes(nameOf(claim)),
        ),
      collectedTimeoutMs,
    );
    await eventually(
      `volume ${volumes.join()} gone`,
      async () =>
        (await volumesToGo(namespace)).every((name) => !volumes.includes(name)),
      collectedTimeoutMs,
    );
  });

  it("leaves no directory on the node but those of claims that are there", async function () {
    const state = nodeState(this);
    const used = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "used", 1),
    );
    // A claim that no Pod ever named has no volume.
    expect(used).to.not.include(held);
    await eventually(
      "as many directories as claims",
      async () =>
        (await volumeDirectories(state, namespace)).length === used.length,
      collectedTimeoutMs,
    );
  });
});
