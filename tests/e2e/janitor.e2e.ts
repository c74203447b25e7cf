import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { nameOf } from "../support/pods-and-claims.ts";
import { apply, claimsIn, core, kubectl } from "./cluster.ts";
import { expectOneBoundClaimEach, readyPods } from "./one-claim-each.ts";
import { makeOrphans } from "./orphans.ts";
import { sweepNow } from "./our-jobs.ts";
import { deleteNamespace } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";
import { volumeDirectories } from "./volume-directories.ts";

const namespace = "e2e-janitor";
/** The garbage collector, then the provisioner's helper Pod that removes the directory. */
const collectedTimeoutMs = 120_000;

describe("a sweep from the janitor's image, with its own account", () => {
  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("W1 J6 deletes the claims of Pods that were refused, and keeps one that is held and those in use", async () => {
    await apply(deploymentWithClaims(namespace, "used", 2));
    const used = await expectOneBoundClaimEach(
      namespace,
      await readyPods(namespace, "used", 2),
    );
    const orphans = (await makeOrphans(namespace)).filter(
      (claim) => !used.includes(claim),
    );
    expect(orphans).to.not.be.empty;
    const held = orphans.pop() ?? "";
    if (orphans.length === 0) {
      // One try was enough for one claim; another one gives the janitor something to delete.
      await kubectl([
        "delete",
        "deployment",
        "refused",
        "--namespace",
        namespace,
      ]);
      orphans.push(
        ...(await makeOrphans(namespace)).filter(
          (claim) => !used.includes(claim) && claim !== held,
        ),
      );
    }
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

  it("J16 hands claims to their Pods, and a Pod that goes takes claim and directory along without another sweep", async () => {
    const [pod] = await readyPods(namespace, "used", 2);
    const claim =
      pod?.spec?.volumes?.find(({ name }) => name === "data")
        ?.persistentVolumeClaim?.claimName ?? "";
    const { metadata, spec } = await core.readNamespacedPersistentVolumeClaim({
      namespace,
      name: claim,
    });
    expect(
      metadata?.ownerReferences?.map(({ kind, name }) => ({ kind, name })),
    ).to.deep.equal([
      { kind: "Pod", name: pod === undefined ? "" : nameOf(pod) },
    ]);
    const volume = spec?.volumeName ?? "";
    await core.deleteNamespacedPod({
      namespace,
      name: pod === undefined ? "" : nameOf(pod),
    });
    await eventually(
      `claim ${claim} gone`,
      async () => !(await claimsIn(namespace)).map(nameOf).includes(claim),
      collectedTimeoutMs,
    );
    await eventually(
      `directory of ${volume} gone`,
      async () =>
        !(await volumeDirectories()).some((directory) =>
          directory.startsWith(volume),
        ),
      collectedTimeoutMs,
    );
  });
});
