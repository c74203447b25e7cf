import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes, nameOf } from "../../support/pods-and-claims.ts";
import { expectAdopted, expectOneBoundClaimEach } from "../steps/claims.ts";
import { apply, core, kubectl } from "../steps/cluster.ts";
import {
  deploymentWithDisks,
  diskClass,
  grownTo,
  leavesNothing,
  pendingPod,
  podOnClaim,
  podWithDisk,
  readClaim,
  useDisks,
} from "./disks.ts";
import { measured } from "../steps/mocha-output.ts";
import { sweep, sweepWithoutGrace } from "../steps/our-jobs.ts";
import {
  firstReadyPod,
  inPod,
  readyPods,
  restart,
} from "../steps/workloads.ts";

const namespace = "e2e-volumes";

/** The claim of a Pod with one. */
function claimOf(pod: V1Pod): string {
  return claimVolumes(pod)[0]?.claim ?? "";
}

describe("disks with a file system, and without", () => {
  useDisks(namespace);

  it("Pods that are not root write to their disks, which belong to the group of the Pod", async () => {
    await apply(deploymentWithDisks(namespace, "plain", 2));
    const pods = await readyPods(namespace, "plain", 2);
    await expectOneBoundClaimEach(namespace, pods);
    for (const pod of pods) {
      await inPod(pod, `echo ${nameOf(pod)} > /data/file`);
      expect(await inPod(pod, "stat -c %g /data")).to.equal("2000");
      expect(await inPod(pod, "stat -c %u:%g /data/file")).to.equal(
        "65532:2000",
      );
      expect(await inPod(pod, "grep ' /data ' /proc/mounts")).to.include("xfs");
    }
  });

  it("a full disk is full for its own Pod alone, and the next Pod has an empty one", async () => {
    const [first, second] = await readyPods(namespace, "plain", 2);
    if (first === undefined || second === undefined) expect.fail("no two Pods");
    const complaint = await inPod(first, "cat /dev/zero > /data/fill").then(
      () => "",
      String,
    );
    expect(complaint).to.include("No space left on device");
    await inPod(second, "echo more >> /data/file");
    expect(await inPod(second, "tail -n 1 /data/file")).to.equal("more");
    await core.deleteNamespacedPod({ namespace, name: nameOf(first) });
    const successor = (await readyPods(namespace, "plain", 2)).find(
      (pod) => nameOf(pod) !== nameOf(second),
    );
    expect(successor && (await inPod(successor, "ls /data"))).to.equal("");
  });

  it("the kubelet reports how full the disks are", async () => {
    const [pod] = await readyPods(namespace, "plain", 2);
    const claim = pod ? claimOf(pod) : "";
    const node = pod?.spec?.nodeName ?? "";
    const capacity = await eventually(
      "the kubelet's figure of the claim",
      async () => {
        const metrics = await kubectl(
          `get --raw /api/v1/nodes/${node}/proxy/metrics`,
        );
        const line = metrics
          .split("\n")
          .find(
            (text) =>
              text.startsWith("kubelet_volume_stats_capacity_bytes{") &&
              text.includes(`persistentvolumeclaim="${claim}"`),
          );
        return line?.split(" ").at(-1);
      },
      180_000,
    );
    expect(Number(capacity)).to.be.within(32 * 2 ** 20, 64 * 2 ** 20);
  });

  it("a bare Pod gets a block device, and writes to it", async () => {
    const pod = podWithDisk(namespace, "block");
    const [container] = pod.spec?.containers ?? [];
    if (pod.spec === undefined || container === undefined)
      expect.fail("no container");
    pod.metadata = {
      ...pod.metadata,
      annotations: {
        "volume-claim-template/templates": JSON.stringify([
          {
            metadata: { name: "data" },
            spec: {
              storageClassName: diskClass,
              volumeMode: "Block",
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "64Mi" } },
            },
          },
        ]),
      },
    };
    // A volume that is declared could only be mounted.
    delete pod.spec.volumes;
    delete container.volumeMounts;
    container.volumeDevices = [{ name: "data", devicePath: "/dev/disk" }];
    await apply(pod);
    const block = await firstReadyPod(namespace, "block", 1);
    await inPod(block, "echo raw bytes > /dev/disk");
    expect(await inPod(block, "head -n 1 /dev/disk")).to.equal("raw bytes");
    const claim = await readClaim(namespace, claimOf(block));
    expect(claim.spec?.volumeMode).to.equal("Block");
    await sweep(namespace);
    await expectAdopted([block]);
  });

  it("ReadWriteOncePod keeps a second Pod back until the first has ended", async () => {
    await apply(
      podWithDisk(namespace, "first", {
        annotations: {
          "volume-claim-template/access-modes": "ReadWriteOncePod",
        },
      }),
    );
    const first = await firstReadyPod(namespace, "first", 1);
    await inPod(first, "echo of the first > /data/file");
    await apply(podOnClaim(namespace, "second", claimOf(first)));
    await pendingPod(namespace, "second", /ReadWriteOncePod/);
    // Two Pods name the claim: it stays when one of them goes.
    await sweep(namespace);
    const startedAt = performance.now();
    await kubectl(`delete pod/first --namespace=${namespace}`);
    const second = await firstReadyPod(namespace, "second", 1);
    measured("the second Pod ready", performance.now() - startedAt);
    expect(await inPod(second, "cat /data/file")).to.equal("of the first");
  });

  leavesNothing(namespace);
});

/** A template of a disk of 64Mi with these annotations. */
function templates(annotations: Readonly<Record<string, string>>): string {
  return JSON.stringify([
    {
      metadata: { name: "data", annotations },
      spec: {
        storageClassName: diskClass,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "64Mi" } },
      },
    },
  ]);
}

describe("disks that grow", () => {
  const growing = "e2e-growing";
  /** As pvc-autoresizer reads them: https://github.com/topolvm/pvc-autoresizer */
  const autoresizer = {
    "resize.topolvm.io/storage_limit": "256Mi",
    "resize.topolvm.io/threshold": "20%",
    "resize.topolvm.io/increase": "64Mi",
  };
  let pod: V1Pod = {};

  useDisks(growing);
  before(async () => {
    const withAnnotations = podWithDisk(growing, "grows");
    withAnnotations.metadata = {
      ...withAnnotations.metadata,
      annotations: {
        "volume-claim-template/templates": templates(autoresizer),
      },
    };
    await apply(withAnnotations);
    pod = await firstReadyPod(growing, "grows", 1);
  });

  /** What kubectl and an autoresizer do. */
  const request = (size: string): Promise<string> =>
    kubectl(
      `patch pvc ${claimOf(pod)} --namespace=${growing} --type=merge --patch={"spec":{"resources":{"requests":{"storage":"${size}"}}}}`,
    );
  const annotationsOf = async (): Promise<Record<string, string>> =>
    (await readClaim(growing, claimOf(pod))).metadata?.annotations ?? {};

  it("kubectl patch grows the disk of a running Pod, which writes more than it could before", async () => {
    await inPod(pod, "echo kept > /data/file");
    await request("128Mi");
    measured("grown", await grownTo(growing, claimOf(pod), "128Mi"));
    await inPod(pod, "dd if=/dev/zero of=/data/more bs=1M count=80");
    expect(await inPod(pod, "cat /data/file")).to.equal("kept");
    const { status } = await core.readNamespacedPod({
      namespace: growing,
      name: "grows",
    });
    expect(status?.containerStatuses?.[0]?.restartCount).to.equal(0);
  });

  it("sweeps leave the annotations of pvc-autoresizer alone, and the size that it asked for", async () => {
    expect(await annotationsOf()).to.include(autoresizer);
    await request("192Mi");
    await kubectl(
      `annotate pvc ${claimOf(pod)} --namespace=${growing} --overwrite resize.topolvm.io/pre_capacity_bytes=134217728 resize.topolvm.io/threshold=30%`,
    );
    await sweep(growing);
    await grownTo(growing, claimOf(pod), "192Mi");
    await sweepWithoutGrace(growing);
    expect(await annotationsOf()).to.include({
      ...autoresizer,
      "resize.topolvm.io/threshold": "30%",
      "resize.topolvm.io/pre_capacity_bytes": "134217728",
    });
    const { spec } = await readClaim(growing, claimOf(pod));
    expect(spec?.resources?.requests?.["storage"]).to.equal("192Mi");
    await expectAdopted([pod]);
  });

  it("a disk that has grown goes with its Pod", async () => {
    await kubectl(`delete pod/grows --namespace=${growing}`);
    await eventually(
      "no claim",
      async () => {
        const { items } = await core.listNamespacedPersistentVolumeClaim({
          namespace: growing,
        });
        return items.length === 0;
      },
      60_000,
    );
  });

  it("a disk of a pool that an autoresizer has grown goes to the next Pod as large, with its bytes and the annotations", async () => {
    const pooled = deploymentWithDisks(growing, "pooled", 1);
    if (pooled.spec === undefined) expect.fail("no spec");
    pooled.spec.strategy = { type: "Recreate" };
    pooled.spec.template.metadata = {
      ...pooled.spec.template.metadata,
      annotations: {
        "volume-claim-template/templates": templates({
          ...autoresizer,
          "volume-claim-template/retention": "Reuse",
          "volume-claim-template/on-miss": "Wait",
        }),
      },
    };
    await apply(pooled);
    pod = await firstReadyPod(growing, "pooled", 1);
    const claim = claimOf(pod);
    await inPod(pod, "echo kept > /data/file");
    await request("128Mi");
    await grownTo(growing, claim, "128Mi");
    await restart(growing, "pooled");
    const next = await firstReadyPod(growing, "pooled", 1);
    expect(nameOf(next)).to.not.equal(nameOf(pod));
    pod = next;
    expect(claimOf(pod)).to.equal(claim);
    expect(await inPod(pod, "cat /data/file")).to.equal("kept");
    await inPod(pod, "dd if=/dev/zero of=/data/more bs=1M count=80");
    await sweepWithoutGrace(growing);
    expect(await annotationsOf()).to.include(autoresizer);
    const { spec } = await readClaim(growing, claim);
    expect(spec?.resources?.requests?.["storage"]).to.equal("128Mi");
  });

  leavesNothing(growing);
});
