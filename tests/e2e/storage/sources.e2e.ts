import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import { expectLeft, expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  claimNamesIn,
  claimsIn,
  core,
  kubectl,
} from "../steps/cluster.ts";
import {
  deploymentWithDisks,
  eventOf,
  leavesNothing,
  podWithDisk,
  readSnapshot,
  takeSnapshot,
  useDisks,
} from "./disks.ts";
import { measured } from "../steps/mocha-output.ts";
import { sweep, sweepWithoutGrace } from "../steps/our-jobs.ts";
import { decisionOn } from "../steps/sweep-table.ts";
import { firstReadyPod, inPod, readyPods } from "../steps/workloads.ts";

const namespace = "e2e-sources";
const nightly = { app: "writer", tier: "nightly" };

const from = (
  source: string,
  annotations: Readonly<Record<string, string>> = {},
): { annotations: Record<string, string> } => ({
  annotations: { "volume-claim-template/data-source": source, ...annotations },
});

describe("disks that start from data", () => {
  let writer: V1Pod = {};
  let source = "";

  useDisks(namespace, deploymentWithDisks(namespace, "writer", 1));
  before(async () => {
    writer = await firstReadyPod(namespace, "writer", 1);
    [source = ""] = await expectOneBoundClaimEach(namespace, [writer]);
  });

  /** Writes the text into the writer's file. A snapshot is of the file system, so nothing has to be flushed. */
  const write = (text: string): Promise<string> =>
    inPod(writer, `echo ${text} > /data/file`);

  /** Applies a Deployment of three whose disks start from a source, and returns what each of its Pods reads. */
  async function readFrom(name: string, dataSource: string): Promise<string[]> {
    const startedAt = performance.now();
    await apply(deploymentWithDisks(namespace, name, 3, from(dataSource)));
    const pods = await readyPods(namespace, name, 3);
    measured(`three Pods from ${dataSource}`, performance.now() - startedAt);
    await expectOneBoundClaimEach(namespace, pods);
    const texts = await Promise.all(
      pods.map((pod) => inPod(pod, "cat /data/file")),
    );
    // They are copies: each Pod may write its own.
    for (const pod of pods)
      await inPod(pod, `echo ${nameOf(pod)} > /data/file`);
    for (const pod of pods)
      expect(await inPod(pod, "cat /data/file")).to.equal(nameOf(pod));
    await kubectl(`delete deployment ${name} --namespace=${namespace}`);
    return texts;
  }

  it("three Pods start from the newest snapshot with the labels, and each reads what the writer had written", async () => {
    await write("first");
    await takeSnapshot(namespace, "one", source, { labels: nightly });
    await write("second");
    await takeSnapshot(namespace, "two", source, { labels: nightly });
    await takeSnapshot(namespace, "other", source);
    await write("later");
    expect(
      await readFrom("newest", "VolumeSnapshot?app=writer,tier=nightly"),
    ).to.deep.equal(["second", "second", "second"]);
  });

  it("a newer snapshot that is not ready yet is left out, and taken once it is ready", async () => {
    await write("third");
    await takeSnapshot(namespace, "three", source, {
      labels: nightly,
      snapshotClass: "disk-slow",
    });
    const pod = podWithDisk(
      namespace,
      "meanwhile",
      from("VolumeSnapshot?app=writer,tier=nightly"),
    );
    await apply(pod);
    const chosen = async (name: string): Promise<string | undefined> => {
      const made = await core.readNamespacedPod({ namespace, name });
      const [volume] = claimVolumes(made);
      const claim = await core.readNamespacedPersistentVolumeClaim({
        namespace,
        name: volume?.claim ?? "",
      });
      return claim.spec?.dataSource?.name;
    };
    const early = await chosen("meanwhile");
    const { status } = await readSnapshot(namespace, "three");
    // Otherwise this test proves nothing.
    expect(status?.readyToUse, "the newest snapshot, still").to.equal(false);
    expect(early).to.equal("two");
    await eventually(
      "the newest snapshot ready",
      async () =>
        (await readSnapshot(namespace, "three")).status?.readyToUse === true,
      90_000,
    );
    expect(
      await readFrom("ready", "VolumeSnapshot?app=writer,tier=nightly"),
    ).to.deep.equal(["third", "third", "third"]);
  });

  it("three Pods start from a snapshot that is named", async () => {
    expect(await readFrom("named", "VolumeSnapshot/one")).to.deep.equal([
      "first",
      "first",
      "first",
    ]);
  });

  it("a snapshot that is deleted after a Deployment has started from it: its Pods go on, one more is rejected, and the next one starts when it is back", async () => {
    await takeSnapshot(namespace, "short-lived", source);
    const deployment = (replicas: number) =>
      deploymentWithDisks(
        namespace,
        "outlives",
        replicas,
        from("VolumeSnapshot/short-lived"),
      );
    await apply(deployment(2));
    const first = await readyPods(namespace, "outlives", 2);
    await kubectl(
      `delete volumesnapshot short-lived --namespace=${namespace} --timeout=90s`,
    );
    const before = await claimNamesIn(namespace);
    await apply(deployment(3));
    await eventOf(
      namespace,
      { kind: "ReplicaSet", name: "outlives" },
      /there is no VolumeSnapshot short-lived in namespace/,
    );
    expect(await claimNamesIn(namespace)).to.have.members(before);
    for (const pod of await readyPods(namespace, "outlives", 2)) {
      expect(first.map(nameOf)).to.include(nameOf(pod));
      expect(await inPod(pod, "cat /data/file")).to.equal("third");
    }
    await takeSnapshot(namespace, "short-lived", source);
    const pods = await readyPods(namespace, "outlives", 3);
    await expectOneBoundClaimEach(namespace, pods);
    await kubectl(
      `delete deployment/outlives volumesnapshot/short-lived --namespace=${namespace}`,
    );
  });

  it("three Pods start from a clone of the writer's claim, while that is in use", async () => {
    await write("now");
    expect(
      await readFrom("clones", `PersistentVolumeClaim/${source}`),
    ).to.deep.equal(["now", "now", "now"]);
  });

  it("a larger disk starts from a snapshot, and has all of its size", async () => {
    const pod = podWithDisk(
      namespace,
      "larger",
      from("VolumeSnapshot/one", { "volume-claim-template/storage": "128Mi" }),
    );
    await apply(pod);
    const larger = await firstReadyPod(namespace, "larger", 1);
    expect(await inPod(larger, "cat /data/file")).to.equal("first");
    const [, blocks] = (
      await inPod(larger, "df -k /data | tail -n 1 | sed 's/  */ /g'")
    ).split(" ");
    expect(Number(blocks), "KiB of the file system").to.be.greaterThan(
      100 * 1024,
    );
  });

  it("W9 a snapshot that is larger than the disk is rejected with both sizes, and leaves no claim", async () => {
    const before = (await claimsIn(namespace)).length;
    await apply(
      deploymentWithDisks(
        namespace,
        "smaller",
        1,
        from("VolumeSnapshot/one", { "volume-claim-template/storage": "32Mi" }),
      ),
    );
    const message = await eventOf(
      namespace,
      { kind: "ReplicaSet", name: "smaller" },
      /VolumeSnapshot/,
    );
    expect(message).to.include("needs 64Mi").and.include("asks for 32Mi");
    expect(await claimsIn(namespace)).to.have.lengthOf(before);
    await kubectl(`delete deployment smaller --namespace=${namespace}`);
  });

  /** Applies a Pod from a source, which gets no node until it is let go. Returns its claim. */
  async function applyGated(name: string, dataSource: string): Promise<string> {
    const pod = podWithDisk(namespace, name, from(dataSource));
    if (pod.spec) pod.spec.schedulingGates = [{ name: "e2e.test/later" }];
    await apply(pod);
    const made = await core.readNamespacedPod({ namespace, name });
    return claimVolumes(made)[0]?.claim ?? "";
  }

  const letGo = (name: string): Promise<string> =>
    kubectl([
      "patch",
      `pod/${name}`,
      `--namespace=${namespace}`,
      "--type=json",
      '--patch=[{"op":"remove","path":"/spec/schedulingGates"}]',
    ]);

  /** The claim of a Pod that is gone stays while its volume may be in the making: a person deletes both. */
  const giveUp = (pod: string, claim: string): Promise<string> =>
    kubectl(`delete pod/${pod} pvc/${claim} --namespace=${namespace}`);

  it("J13 a snapshot that is deleted before its Pod has a node: the claim says why the Pod waits, and no other Pod starts from it", async () => {
    const claim = await applyGated("waiting", "VolumeSnapshot/two");
    await kubectl(
      `delete volumesnapshot two --namespace=${namespace} --wait=false`,
    );
    const late = podWithDisk(namespace, "late", from("VolumeSnapshot/two"));
    expect(await apply(late).then(() => "", String)).to.include(
      "is being deleted",
    );
    await letGo("waiting");
    await eventOf(
      namespace,
      { kind: "PersistentVolumeClaim", name: claim },
      /snapshot two is being deleted/,
    );
    expect(decisionOn(await sweepWithoutGrace(namespace), claim)).to.equal(
      "kept in-use",
    );
    await giveUp("waiting", claim);
    await eventually(
      "the snapshot gone",
      () =>
        readSnapshot(namespace, "two").then(
          () => false,
          () => true,
        ),
      90_000,
    );
  });

  it("J13 a claim that is deleted before it is cloned: the clone says why its Pod waits", async () => {
    await apply(podWithDisk(namespace, "original"));
    const original = await firstReadyPod(namespace, "original", 1);
    const [{ claim: cloned } = { claim: "" }] = claimVolumes(original);
    const claim = await applyGated("clone", `PersistentVolumeClaim/${cloned}`);
    // The janitor lets the source not go with its Pod while the clone is to be made.
    await sweep(namespace);
    await kubectl(`delete pod/original --namespace=${namespace}`);
    expect(decisionOn(await sweepWithoutGrace(namespace), cloned)).to.equal(
      "kept source-of-clone",
    );
    // A person does.
    await kubectl(`delete pvc/${cloned} --namespace=${namespace}`);
    await letGo("clone");
    const message = await eventOf(
      namespace,
      { kind: "PersistentVolumeClaim", name: claim },
      /not found/i,
    );
    expect(message).to.include(cloned);
    await giveUp("clone", claim);
  });

  it("the writer has lost nothing, and every other claim has gone with its Pod", async () => {
    await kubectl(
      `delete pods --selector=app!=writer --namespace=${namespace}`,
    );
    // More than ten claims may be unused at once. Then a sweep marks them, and one that comes 30 seconds later deletes them.
    await eventually(
      "all others deleted",
      async () => {
        await sweepWithoutGrace(namespace);
        return (await claimsIn(namespace)).length === 1;
      },
      120_000,
    );
    expect(await inPod(writer, "cat /data/file")).to.equal("now");
    await expectLeft(namespace, [source]);
  });

  leavesNothing(namespace);
});
