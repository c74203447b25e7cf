import { expect } from "chai";
import {
  aDeployment,
  admissionSuite,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { itIsRefused } from "./refused-cases.ts";
import { annotationsFor } from "./world.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots } from "./snapshots.ts";

describe("a volume that cannot start from its snapshot", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  before(async () => {
    snapshots = await installSnapshots(suite.controlPlane);
  });

  itIsRefused(suite, [
    {
      name: "a snapshot that is not there",
      source: "VolumeSnapshot/nightly",
      says: "cannot be used: there is no VolumeSnapshot nightly in namespace NAMESPACE",
    },
    {
      name: "a snapshot that is in another namespace",
      source: "VolumeSnapshot/nightly",
      prepare: async () => {
        const other = await uniqueNamespace("other");
        await snapshots.set(other, "nightly", { readyToUse: true });
      },
      says: "cannot be used: there is no VolumeSnapshot nightly in namespace NAMESPACE",
    },
    {
      name: "another namespace",
      source: "VolumeSnapshot/default/nightly",
      says: "names a namespace; a source is always in the Pod's own: write VolumeSnapshot/ and its name",
    },
    {
      name: "a wrong API group",
      source: "groupsnapshot.storage.k8s.io/VolumeGroupSnapshot/nightly",
      says: "names an API group; leave it out: a VolumeSnapshot is always of snapshot.storage.k8s.io, and a PersistentVolumeClaim is in no group",
    },
    {
      name: "a snapshot that its driver has still to cut",
      source: "VolumeSnapshot/nightly",
      prepare: (namespace) =>
        snapshots.set(namespace, "nightly", { readyToUse: false }),
      says: "cannot be used: VolumeSnapshot nightly is not ready to use yet",
    },
    {
      name: "a snapshot that failed",
      source: "VolumeSnapshot/nightly",
      prepare: (namespace) =>
        snapshots.set(namespace, "nightly", {
          error: { message: "failed to take snapshot: volume is busy" },
        }),
      says: "cannot be used: VolumeSnapshot nightly is not ready to use: failed to take snapshot: volume is busy",
    },
    {
      name: "a snapshot that is on its way out",
      source: "VolumeSnapshot/nightly",
      prepare: async (namespace) => {
        await snapshots.set(namespace, "nightly", { readyToUse: true });
        await snapshots.startDeletion(namespace, "nightly");
      },
      says: "cannot be used: VolumeSnapshot nightly is being deleted",
    },
    {
      name: "a snapshot that is larger than what is asked for",
      source: "VolumeSnapshot/nightly",
      storage: "1500Mi",
      prepare: (namespace) =>
        snapshots.set(namespace, "nightly", {
          readyToUse: true,
          restoreSize: "2Gi",
        }),
      says: "cannot be used: VolumeSnapshot nightly needs 2Gi, and volume-claim-template/storage asks for 1500Mi; ask for 2Gi or more",
    },
    {
      name: "labels that no snapshot has",
      source: "VolumeSnapshot?app=orders,tier in (nightly)",
      prepare: (namespace) =>
        snapshots.set(
          namespace,
          "weekly",
          { readyToUse: true },
          { app: "orders", tier: "weekly" },
        ),
      says: "cannot be used: there is no VolumeSnapshot with these labels in namespace NAMESPACE",
    },
    {
      name: "labels of snapshots that are not ready",
      source: "VolumeSnapshot?app=orders",
      prepare: async (namespace) => {
        const labels = { app: "orders" };
        await snapshots.set(namespace, "a", {}, labels);
        await snapshots.set(namespace, "b", { readyToUse: false }, labels);
        await snapshots.set(namespace, "c", { readyToUse: true }, labels);
        await snapshots.startDeletion(namespace, "c");
      },
      says: "cannot be used: no VolumeSnapshot with these labels in namespace NAMESPACE is ready to use (2 not ready, 1 being deleted)",
    },
    {
      name: "a selector that is none",
      source: "VolumeSnapshot?app in orders",
      says: "has no label selector after the question mark; write it like VolumeSnapshot?app=orders,tier in (nightly, weekly)",
    },
  ]);

  it("holds a Deployment back, with the reason in an event, until its snapshot is ready", async () => {
    const namespace = await uniqueNamespace("not-yet");
    await snapshots.set(namespace, "nightly", { readyToUse: false });
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeployment("web", 2, annotationsFor("VolumeSnapshot/nightly")),
    });
    await eventually("the ReplicaSet says why", async () => {
      const { items } = await suite.core.listNamespacedEvent({ namespace });
      return items.some(
        ({ reason, message }) =>
          reason === "FailedCreate" &&
          message?.includes(
            'data-source: "VolumeSnapshot/nightly" cannot be used: VolumeSnapshot nightly is not ready to use yet',
          ),
      );
    });
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    await snapshots.set(namespace, "nightly", { readyToUse: true });
    await eventually("2 Pods have a claim", async () => {
      const pods = await podsIn(suite, namespace);
      return pods.filter((pod) => claimOf(pod) !== undefined).length === 2;
    });
    expect(await claimsIn(suite, namespace)).to.have.lengthOf(2);
  });
});
