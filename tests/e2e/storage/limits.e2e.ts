import { readFile } from "node:fs/promises";
import path from "node:path";
import type { V1PersistentVolume } from "@kubernetes/client-node";
import { expect } from "chai";
import { runProgram } from "../../control-plane/run-program.ts";
import { eventually } from "../../support/eventually.ts";
import {
  claimVolumes,
  nameOf,
  statusOf,
} from "../../support/pods-and-claims.ts";
import {
  expectLeft,
  expectOneBoundClaimEach,
  volumesOf,
} from "../steps/claims.ts";
import { apply, claimNamesIn, claimsIn, kubectl } from "../steps/cluster.ts";
import {
  deploymentWithDisks,
  eventOf,
  leavesNothing,
  pendingPod,
  podOnClaim,
  readClaim,
  useDisks,
} from "./disks.ts";
import { suspend, sweepWithoutGrace } from "../steps/our-jobs.ts";
import { decisionOn } from "../steps/sweep-table.ts";
import { firstReadyPod, inPod, readyPods } from "../steps/workloads.ts";

const ofClass = (
  storageClass: string,
  storage = "64Mi",
): { annotations: Record<string, string> } => ({
  annotations: {
    "volume-claim-template/storage-class": storageClass,
    "volume-claim-template/storage": storage,
  },
});

/** What the command of docs/janitor.md prints that lists volumes whose claims are gone. */
async function releasedVolumes(): Promise<string> {
  const file = path.join(import.meta.dirname, "../../../docs/janitor.md");
  const [, command] =
    /`(kubectl get persistentvolumes \|[^`]+)`/.exec(
      await readFile(file, "utf8"),
    ) ?? [];
  if (command === undefined) throw new Error(`${file} has no such command`);
  const { stdout, stderr } = await runProgram("bash", ["-c", command]);
  expect(stderr).to.equal("");
  return stdout;
}

describe("disks within a quota and a limit", () => {
  const namespace = "e2e-quota";
  const quota = (storage: string): object => ({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { namespace, name: "disks" },
    spec: {
      hard: { "disk.storageclass.storage.k8s.io/requests.storage": storage },
    },
  });

  useDisks(namespace);

  it("W11 a Pod beyond the quota is rejected with the quota's message, and leaves no claim", async () => {
    await apply(quota("128Mi"), deploymentWithDisks(namespace, "web", 3));
    // The controller reads the quota first.
    const message = await eventOf(
      namespace,
      { kind: "ReplicaSet", name: "web" },
      /exceeded quota/,
    );
    expect(message).to.include("disks").and.include("requests.storage");
    const pods = await readyPods(namespace, "web", 2);
    await expectOneBoundClaimEach(namespace, pods);
    expect(await claimsIn(namespace)).to.have.lengthOf(2);
  });

  it("with more quota the Pod comes by itself", async () => {
    await apply(quota("256Mi"));
    await readyPods(namespace, "web", 3);
  });

  it("W11 a disk outside of a LimitRange is rejected with its bounds, and leaves no claim", async () => {
    await apply({
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { namespace, name: "sizes" },
      spec: {
        limits: [
          {
            type: "PersistentVolumeClaim",
            min: { storage: "64Mi" },
            max: { storage: "1Gi" },
          },
        ],
      },
    });
    await apply(
      deploymentWithDisks(namespace, "tiny", 1, ofClass("disk", "33Mi")),
    );
    const message = await eventOf(
      namespace,
      { kind: "ReplicaSet", name: "tiny" },
      /PersistentVolumeClaim/,
    );
    expect(message).to.include("64Mi").and.include("33Mi");
    expect(await claimsIn(namespace)).to.have.lengthOf(3);
  });

  leavesNothing(namespace);
});

describe("where disks are", () => {
  const namespace = "e2e-places";
  useDisks(namespace);

  it("a disk is made where its Pod runs, and tells its zone", async () => {
    await apply(deploymentWithDisks(namespace, "here", 1));
    const pod = await firstReadyPod(namespace, "here", 1);
    const [claim] = await expectOneBoundClaimEach(namespace, [pod]);
    const [volume] = await volumesOf(namespace);
    expect(volume?.spec?.claimRef?.name).to.equal(claim);
    expect(
      volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms[0]
        ?.matchExpressions?.[0],
    ).to.deep.include({
      key: "topology.disk.e2e.test/zone",
      operator: "In",
      values: ["a"],
    });
  });

  it("in a zone without nodes a Pod stays Pending with the reason; its claim stays with it, and goes with it", async () => {
    await apply(
      deploymentWithDisks(namespace, "elsewhere", 1, ofClass("disk-elsewhere")),
    );
    const pod = await pendingPod(
      namespace,
      "elsewhere",
      /didn't find available persistent volumes/,
    );
    const [volume] = claimVolumes(pod);
    const claim = volume?.claim ?? "";
    await sweepWithoutGrace(namespace);
    expect(statusOf(await readClaim(namespace, claim))).to.equal("Pending");
    await kubectl(`delete deployment elsewhere --namespace=${namespace}`);
    await readyPods(namespace, "elsewhere", 0);
    expect(decisionOn(await sweepWithoutGrace(namespace), claim)).to.match(
      /^deleted /,
    );
    await eventually(
      "the claim gone",
      async () => !(await claimNamesIn(namespace)).includes(claim),
      60_000,
    );
  });

  leavesNothing(namespace);
});

describe("disks of a class with the reclaim policy Retain", () => {
  const namespace = "e2e-retain";
  useDisks(namespace);

  const volumeOf = async (
    claim: string,
  ): Promise<V1PersistentVolume | undefined> =>
    (await volumesOf(namespace)).find(
      ({ spec }) => spec?.claimRef?.name === claim,
    );

  /** A volume that the janitor and the provisioner leave; docs/janitor.md has the command that finds it. A person deletes it. */
  async function volumeStaysAlone(claim: string): Promise<void> {
    await eventually(
      "the volume released",
      async () => (await volumeOf(claim))?.status?.phase === "Released",
      60_000,
    );
    await sweepWithoutGrace(namespace);
    const volume = await volumeOf(claim);
    const name = volume?.metadata?.name ?? "";
    expect(await releasedVolumes()).to.match(
      new RegExp(`^${name} .* Released +${namespace}/${claim} .*$`, "m"),
    );
    await findBytesAgain(name, claim);
    // The driver deletes it only when it may.
    await kubectl([
      "patch",
      `persistentvolume/${name}`,
      '--patch={"spec":{"persistentVolumeReclaimPolicy":"Delete"}}',
    ]);
    await eventually(
      "the volume deleted",
      async () => (await volumeOf(claim)) === undefined,
      60_000,
    );
  }

  /** Makes the volume free, puts a claim of the same name on it, and reads in a Pod what was written to it. */
  async function findBytesAgain(volume: string, claim: string): Promise<void> {
    await kubectl([
      "patch",
      `persistentvolume/${volume}`,
      "--type=json",
      '--patch=[{"op":"remove","path":"/spec/claimRef"}]',
    ]);
    await apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { namespace, name: claim },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "64Mi" } },
          storageClassName: "disk-retain",
          volumeName: volume,
        },
      },
      podOnClaim(namespace, "finder", claim),
    );
    const finder = await firstReadyPod(namespace, "finder", 1);
    expect(await inPod(finder, "cat /data/file")).to.equal("kept");
    await kubectl(
      `delete pod/finder persistentvolumeclaim/${claim} --namespace=${namespace}`,
    );
    await eventually(
      "the volume released again",
      async () => (await volumeOf(claim))?.status?.phase === "Released",
      60_000,
    );
  }

  /** Makes a Deployment of one Pod that has written to its disk. Returns the claim. */
  async function writtenClaim(name: string): Promise<string> {
    await apply(
      deploymentWithDisks(namespace, name, 1, ofClass("disk-retain")),
    );
    const pod = await firstReadyPod(namespace, name, 1);
    await inPod(pod, "echo kept > /data/file");
    return claimVolumes(pod)[0]?.claim ?? "";
  }

  it("J23 a claim goes with its Pod, and the volume stays with its bytes until a person deletes it", async () => {
    const claim = await writtenClaim("kept");
    // It makes the Pod the owner of the claim.
    expect(decisionOn(await sweepWithoutGrace(namespace), claim)).to.equal(
      "kept in-use",
    );
    await kubectl(`delete deployment kept --namespace=${namespace}`);
    await volumeStaysAlone(claim);
  });

  it("J23 a claim that the janitor deletes: its Event names the claim, by which the volume is found", async () => {
    // A sweep of it would make the Pod the owner of the claim.
    await suspend("janitor", true);
    try {
      const claim = await writtenClaim("swept");
      await kubectl(`delete deployment swept --namespace=${namespace}`);
      await readyPods(namespace, "swept", 0);
      expect(decisionOn(await sweepWithoutGrace(namespace), claim)).to.match(
        /^deleted /,
      );
      await eventOf(
        namespace,
        { kind: "PersistentVolumeClaim", name: claim },
        /^Deleted the claim: /,
      );
      await volumeStaysAlone(claim);
    } finally {
      await suspend("janitor", false);
    }
  });

  leavesNothing(namespace);
});

describe("disks that cannot be made", () => {
  const namespace = "e2e-impossible";
  const noDriver = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "e2e-no-driver" },
    provisioner: "nobody.e2e.test",
    volumeBindingMode: "Immediate",
  };

  /** A delete at this time could leave a disk behind, so the janitor waits for an hour. */
  const beingMade = "kept provisioning";

  async function scaleToZero(name: string): Promise<void> {
    await kubectl(
      `scale deployment/${name} --namespace=${namespace} --replicas=0`,
    );
    await readyPods(namespace, name, 0);
  }

  useDisks(namespace, noDriver);
  after(() => kubectl("delete storageclass e2e-no-driver --ignore-not-found"));

  it("J13 of a class without a driver: the Pod stays Pending and says what it waits for; the janitor keeps the claim for an hour", async () => {
    await apply(
      deploymentWithDisks(namespace, "nobody", 2, ofClass("e2e-no-driver")),
    );
    const pod = await pendingPod(
      namespace,
      "nobody",
      /unbound immediate PersistentVolumeClaims/,
    );
    const claim = claimVolumes(pod)[0]?.claim ?? "";
    expect(
      await eventOf(
        namespace,
        { kind: "PersistentVolumeClaim", name: claim },
        /nobody\.e2e\.test/,
      ),
    ).to.match(/[Ww]aiting for a volume to be created/);
    const claims = await claimsIn(namespace);
    expect(claims).to.have.lengthOf(2);
    await sweepWithoutGrace(namespace);
    expect(await claimsIn(namespace)).to.have.lengthOf(2);
    await scaleToZero("nobody");
    const table = await sweepWithoutGrace(namespace);
    for (const kept of claims)
      expect(decisionOn(table, nameOf(kept))).to.equal(beingMade);
    expect(await claimsIn(namespace)).to.have.lengthOf(2);
    // Or a person, who knows better.
    await kubectl(
      `delete pvc --namespace=${namespace} --selector=managed=true`,
    );
    await expectLeft(namespace, []);
  });

  it("in a full pool: the scheduler keeps the Pod back, and lets it start when there is room", async () => {
    await apply(
      deploymentWithDisks(namespace, "small", 1, ofClass("disk-small")),
    );
    await firstReadyPod(namespace, "small", 1);
    await apply(
      deploymentWithDisks(namespace, "late", 1, ofClass("disk-small")),
    );
    await pendingPod(namespace, "late", /enough free storage/);
    const { length } = await claimsIn(namespace);
    await sweepWithoutGrace(namespace);
    expect(await claimsIn(namespace)).to.have.lengthOf(length);
    await kubectl(`delete deployment small --namespace=${namespace}`);
    await sweepWithoutGrace(namespace);
    await firstReadyPod(namespace, "late", 1);
  });

  it("J13 in a full pool, without a scheduler that knows: the claim says that it is full, and no volume is left when both are gone", async () => {
    await apply(
      deploymentWithDisks(namespace, "now", 1, ofClass("disk-small-now")),
    );
    const pod = await pendingPod(namespace, "now", /unbound/);
    const claim = claimVolumes(pod)[0]?.claim ?? "";
    expect(
      await eventOf(
        namespace,
        { kind: "PersistentVolumeClaim", name: claim },
        /pool small is full/,
      ),
    ).to.match(/32 MiB are free, 64 MiB are asked for/);
    await scaleToZero("now");
    expect(decisionOn(await sweepWithoutGrace(namespace), claim)).to.equal(
      beingMade,
    );
    await kubectl(`delete pvc ${claim} --namespace=${namespace}`);
    // With room in the pool again, no volume comes for the claim that is gone.
    await kubectl(`delete deployment late --namespace=${namespace}`);
    await expectLeft(namespace, []);
  });

  leavesNothing(namespace);
});
