import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import {
  expectAdopted,
  expectDirectories,
  expectOneBoundClaimEach,
  makeOrphans,
  volumesOf,
  volumesToDelete,
} from "../steps/claims.ts";
import { claimNamesIn, core, kubectl } from "../steps/cluster.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import {
  deploymentWithClaims,
  firstReadyPod,
  readyPods,
} from "../steps/workloads.ts";

const namespace = "e2e-janitor";
/** The garbage collector, then the provisioner's helper Pod that removes the directory. */
const collectedTimeoutMs = 180_000;

describe("a sweep from the janitor's image, with its own account", () => {
  let held = "";
  useNamespace(namespace, deploymentWithClaims(namespace, "used", 2));

  it("W1 J6 deletes the claims of Pods that were rejected, and keeps one that is held and those in use", async () => {
    const used = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "used", 2),
    );
    const orphans = await makeOrphans(namespace);
    held = orphans.pop() ?? "";
    if (orphans.length === 0) {
      // One try was enough for one claim; another one gives the janitor something to delete.
      await kubectl(`delete deployment rejected --namespace ${namespace}`);
      orphans.push(...(await makeOrphans(namespace)));
    }
    expect(orphans).to.not.be.empty;
    await kubectl(
      `annotate pvc ${held} --namespace ${namespace} volume-claim/hold=true`,
    );
    const output = await sweepWithoutGrace(namespace);
    expect(await claimNamesIn(namespace), output).to.have.members([
      ...used,
      held,
    ]);
  });

  it("J17 J18 sets Pods as owners of their claims, and a deleted Pod's claim and volume go without another sweep", async () => {
    await expectAdopted(await readyPods(namespace, "used", 2));
    const pod = await firstReadyPod(namespace, "used", 2);
    const claims = claimVolumes(pod).map(({ claim }) => claim);
    const volumes = (await volumesOf(namespace))
      .filter(({ spec }) => claims.includes(spec?.claimRef?.name ?? ""))
      .map(({ metadata }) => metadata?.name ?? "");
    expect(volumes).to.have.lengthOf(1);
    await core.deleteNamespacedPod({ namespace, name: nameOf(pod) });
    await eventually(
      `claim ${claims.join()} and volume ${volumes.join()} deleted`,
      async () => {
        const left = new Set([
          ...(await claimNamesIn(namespace)),
          ...(await volumesToDelete(namespace)),
        ]);
        return [...claims, ...volumes].every((name) => !left.has(name));
      },
      collectedTimeoutMs,
    );
  });

  it("leaves on the node only the directories of existing claims", async function () {
    const pods = await readyPods(namespace, "used", 1);
    const used = await expectOneBoundClaimEach(namespace, pods);
    // A claim that no Pod ever named has no volume.
    expect(used).to.not.include(held);
    await expectDirectories(this, namespace, used.length);
  });
});
