import path from "node:path";
import { CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import type {
  V1Deployment,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { volumesOf } from "../steps/claims.ts";
import { apply, core, podsIn } from "../steps/cluster.ts";
import { disksOnNode } from "./disks-on-node.ts";
import { nodeState } from "../steps/mocha-output.ts";
import {
  createNamespace,
  deleteNamespace,
  type OwnNamespace,
} from "../steps/namespaces.ts";
import { shellTemplate } from "../steps/workloads.ts";

/** The driver of the component `storage`, which has these names in its manifest. */
const driver = "disk.e2e.test";
export const diskClass = "disk";

/** The sidecars, the driver and the kubelet take turns, on a busy machine. */
const diskTimeoutMs = 120_000;

const config = new KubeConfig();
config.loadFromDefault();
const customObjects = config.makeApiClient(CustomObjectsApi);
const snapshotApi = { group: "snapshot.storage.k8s.io", version: "v1" };

/** Waits as a program that ends at once when it is asked to. */
export const waits = 'trap "exit 0" TERM; while :; do sleep 1 & wait; done';

interface DiskOptions {
  /** Added to the annotations of the template, in place of those that are there. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly script?: string;
}

/** A template of a Pod that is not root, whose volume `data` becomes a disk of 64Mi at /data. */
export function templateWithDisk(
  app: string,
  { annotations = {}, script = waits }: DiskOptions = {},
): V1PodTemplateSpec {
  return shellTemplate(
    app,
    script,
    {
      "volume-claim-template/storage": "64Mi",
      "volume-claim-template/storage-class": diskClass,
      ...annotations,
    },
    {
      spec: {
        terminationGracePeriodSeconds: 2,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65532,
          runAsGroup: 65532,
          fsGroup: 2000,
        },
      },
    },
  );
}

export function deploymentWithDisks(
  namespace: string,
  name: string,
  replicas: number,
  options?: DiskOptions,
): V1Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: templateWithDisk(name, options),
    },
  };
}

/** A bare Pod of such a template. */
export function podWithDisk(
  namespace: string,
  name: string,
  options?: DiskOptions,
): V1Pod {
  const { metadata, spec } = templateWithDisk(name, options);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, namespace, name },
    ...(spec && { spec }),
  };
}

/** A Pod that mounts a claim by hand. The function has nothing to do with it. */
export function podOnClaim(
  namespace: string,
  name: string,
  claim: string,
): V1Pod {
  const pod = podWithDisk(namespace, name);
  delete pod.metadata?.annotations;
  if (pod.spec)
    pod.spec.volumes = [
      { name: "data", persistentVolumeClaim: { claimName: claim } },
    ];
  return pod;
}

interface SnapshotOptions {
  readonly labels?: Readonly<Record<string, string>>;
  /** `disk` is ready at once, `disk-slow` after 20 s. */
  readonly snapshotClass?: "disk" | "disk-slow";
}

/** Takes a snapshot of a claim, and waits until its data is copied: until then a later write could be in it. */
export async function takeSnapshot(
  namespace: string,
  name: string,
  claim: string,
  { labels = {}, snapshotClass = "disk" }: SnapshotOptions = {},
): Promise<void> {
  await apply({
    apiVersion: "snapshot.storage.k8s.io/v1",
    kind: "VolumeSnapshot",
    metadata: { namespace, name, labels },
    spec: {
      volumeSnapshotClassName: snapshotClass,
      source: { persistentVolumeClaimName: claim },
    },
  });
  await eventually(
    `snapshot ${name} taken`,
    async () => {
      const { status } = await readSnapshot(namespace, name);
      return (
        status?.creationTime !== undefined &&
        (snapshotClass === "disk-slow" || status.readyToUse === true)
      );
    },
    diskTimeoutMs,
  );
}

interface Snapshot {
  readonly metadata?: { readonly deletionTimestamp?: string };
  readonly status?: {
    readonly readyToUse?: boolean;
    readonly creationTime?: string;
    readonly restoreSize?: string;
  };
}

/** Rejects if there is none. */
export async function readSnapshot(
  namespace: string,
  name: string,
): Promise<Snapshot> {
  return (await customObjects.getNamespacedCustomObject({
    ...snapshotApi,
    namespace,
    plural: "volumesnapshots",
    name,
  })) as Snapshot;
}

/** Waits until a claim has this size, for its Pod too. Returns how long that took, in ms. */
export async function grownTo(
  namespace: string,
  name: string,
  size: string,
): Promise<number> {
  const startedAt = performance.now();
  await eventually(
    `claim ${name} of ${size}`,
    async () => {
      const claim = await core.readNamespacedPersistentVolumeClaim({
        namespace,
        name,
      });
      return claim.status?.capacity?.["storage"] === size;
    },
    diskTimeoutMs,
  );
  return performance.now() - startedAt;
}

/** Waits for an Event of an object whose message matches, and returns that. */
export function eventOf(
  namespace: string,
  object: { readonly kind: string; readonly name: string },
  message: RegExp,
): Promise<string> {
  return eventually(
    `an Event of ${object.kind} ${object.name} that matches ${message}`,
    async () => {
      const { items } = await core.listNamespacedEvent({ namespace });
      return items.find(
        (event) =>
          event.involvedObject.kind === object.kind &&
          event.involvedObject.name?.startsWith(object.name) === true &&
          message.test(event.message ?? ""),
      )?.message;
    },
    diskTimeoutMs,
  );
}

/** Waits until the scheduler says of a Pod of the workload why it has no node, in words that match. Returns the Pod. */
export function pendingPod(
  namespace: string,
  app: string,
  message: RegExp,
): Promise<V1Pod> {
  return eventually(
    `a Pod of ${app} that is Pending: ${message}`,
    async () => {
      const pods = await podsIn(namespace, `app=${app}`);
      return pods.find(({ status }) =>
        status?.conditions?.some(
          (condition) =>
            condition.type === "PodScheduled" &&
            message.test(condition.message ?? ""),
        ),
      );
    },
    diskTimeoutMs,
  );
}

export async function readClaim(
  namespace: string,
  name: string,
): Promise<V1PersistentVolumeClaim> {
  return core.readNamespacedPersistentVolumeClaim({ namespace, name });
}

/** Creates a namespace before the tests of the calling suite, and deletes it after them. Their last test is `leavesNothing`. */
export function useDisks(
  namespace: OwnNamespace,
  ...objects: readonly object[]
): void {
  before(() => createNamespace(namespace, ...objects));
  // Also if a test before it has failed, or none of its title is run.
  after(() => deleteNamespace(namespace));
}

/** A test that deletes the namespace and then finds no volume, snapshot, loop device or file of the driver left. */
export function leavesNothing(namespace: OwnNamespace): void {
  it("leaves no volume, no content of a snapshot, no loop device and no file", async function () {
    await deleteNamespace(namespace);
    await eventually(
      "volumes and contents of snapshots deleted",
      async () => {
        const volumes = await volumesOf(namespace);
        return volumes.length + (await contentsOf(namespace)).length === 0;
      },
      diskTimeoutMs,
    );
    const disks = path.join(nodeState(this), "disks");
    await eventually(
      "the driver's files and loop devices gone",
      async () => {
        expect(await disksOnNode(disks)).to.deep.equal([]);
        return true;
      },
      diskTimeoutMs,
    );
  });
}

/** Names of the VolumeSnapshotContents whose snapshot is or was in the namespace. */
async function contentsOf(namespace: string): Promise<string[]> {
  const { items } = (await customObjects.listClusterCustomObject({
    ...snapshotApi,
    plural: "volumesnapshotcontents",
  })) as {
    items: {
      metadata: { name: string };
      spec: { driver: string; volumeSnapshotRef?: { namespace?: string } };
    }[];
  };
  return items
    .filter(
      ({ spec }) =>
        spec.driver === driver &&
        spec.volumeSnapshotRef?.namespace === namespace,
    )
    .map(({ metadata }) => metadata.name);
}
