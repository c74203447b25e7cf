import { expect } from "chai";
import {
  aDeployment,
  admissionSuite,
  claimOf,
  claimsIn,
  podsIn,
} from "../support/admission-suite.ts";
import { eventually } from "../support/eventually.ts";
import { startFunction } from "../support/function-on.ts";
import { uniqueNamespace } from "../support/shared-control-plane.ts";
import {
  annotationsFor,
  createClaim,
  refusalOf,
  review,
} from "./data-source-world.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots } from "./snapshots.ts";

describe("a volume that cannot start from its source", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  // First, since the other tests, here and in data-source.test.ts, install what is missing.
  for (const source of ["VolumeSnapshot/nightly", "VolumeSnapshot?app=orders"])
    it(`W9: is refused on a cluster that knows no snapshots: ${source}`, async () => {
      const namespace = await uniqueNamespace("no-snapshots");
      expect(await refusalOf(suite, namespace, source)).to.equal(
        `annotation volume-claim-template/data-source: "${source}" cannot be used: this cluster has no VolumeSnapshots: the API snapshot.storage.k8s.io/v1 is not installed`,
      );
      expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    });

  describe("with snapshots installed", () => {
    before(async () => {
      snapshots = await installSnapshots(suite.controlPlane);
    });

    const refusals: {
      name: string;
      source: string;
      storage?: string;
      prepare?: (namespace: string) => Promise<void>;
      says: string;
    }[] = [
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
      {
        name: "a claim that is not there",
        source: "PersistentVolumeClaim/seed",
        says: "cannot be used: there is no PersistentVolumeClaim seed in namespace NAMESPACE",
      },
      {
        name: "a claim that waits for its volume",
        source: "PersistentVolumeClaim/seed",
        prepare: (namespace) =>
          createClaim(suite, namespace, "seed", { storageClassName: "nobody" }),
        says: "cannot be used: PersistentVolumeClaim seed is Pending, and only a Bound claim can be cloned",
      },
      {
        name: "a claim that is larger than what is asked for",
        source: "PersistentVolumeClaim/seed",
        prepare: (namespace) =>
          createClaim(suite, namespace, "seed", {
            resources: { requests: { storage: "5Gi" } },
          }),
        says: "cannot be used: PersistentVolumeClaim seed needs 5Gi, and volume-claim-template/storage asks for 1Gi; ask for 5Gi or more",
      },
      {
        name: "a claim that is on its way out",
        source: "PersistentVolumeClaim/seed",
        prepare: async (namespace) => {
          const name = "seed";
          await createClaim(suite, namespace, name);
          await suite.core.patchNamespacedPersistentVolumeClaim({
            namespace,
            name,
            body: [
              {
                op: "add",
                path: "/metadata/finalizers/-",
                value: "example.com/stay",
              },
            ],
          });
          await suite.core.deleteNamespacedPersistentVolumeClaim({
            namespace,
            name,
          });
        },
        says: "cannot be used: PersistentVolumeClaim seed is being deleted",
      },
      {
        name: "a claim that is a device",
        source: "PersistentVolumeClaim/seed",
        prepare: async (namespace) => {
          const shape = {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "",
            volumeMode: "Block",
          };
          await suite.core.createPersistentVolume({
            body: {
              metadata: { name: `device-${namespace}` },
              spec: {
                ...shape,
                capacity: { storage: "1Gi" },
                hostPath: { path: "/dev/null" },
              },
            },
          });
          await createClaim(suite, namespace, "seed", {
            ...shape,
            volumeName: `device-${namespace}`,
          });
        },
        says: "cannot be used: PersistentVolumeClaim seed has volumeMode Block, and a volume of mode Filesystem cannot start from it",
      },
    ];
    for (const { name, source, storage = "1Gi", prepare, says } of refusals)
      it(`W9: is refused, with nothing created, for ${name}`, async () => {
        const namespace = await uniqueNamespace("refused");
        await prepare?.(namespace);
        const before = await claimsIn(suite, namespace);
        const expected = `annotation volume-claim-template/data-source: "${source}" ${says.replace("NAMESPACE", namespace)}`;
        for (const dryRun of [true, false])
          expect(
            await refusalOf(suite, namespace, source, { storage, dryRun }),
          ).to.equal(expected);
        expect(await claimsIn(suite, namespace)).to.have.lengthOf(
          before.length,
        );
        expect(await podsIn(suite, namespace)).to.deep.equal([]);
      });

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

    for (const [source, verb] of [
      ["VolumeSnapshot/nightly", "get"],
      ["VolumeSnapshot?app=orders", "list"],
    ] as const)
      it(`W9: is refused when the function may not ${verb} snapshots, in words that say whose right is missing`, async () => {
        const namespace = await uniqueNamespace("no-right");
        const { controlPlane, core } = suite;
        const name = "nobody";
        await core.createNamespacedServiceAccount({
          namespace,
          body: { metadata: { name } },
        });
        const token = await controlPlane.tokenFor(namespace, name);
        const powerless = await startFunction(
          controlPlane,
          controlPlane.kubeconfigFor(token),
        );
        try {
          const answer = await review(powerless, namespace, source);
          expect(answer.allowed).to.equal(false);
          expect(answer.status?.code).to.equal(403);
          expect(answer.status?.message).to.include(
            `cannot be used: stateful-deployments may not read VolumeSnapshots in namespace ${namespace}: volumesnapshots.snapshot.storage.k8s.io`,
          );
          expect(answer.status?.message).to.include(
            `cannot ${verb} resource "volumesnapshots"`,
          );
        } finally {
          await powerless.stop();
        }
      });
  });
});
