import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  aDeployment,
  admissionSuite,
  claimOf,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { startFunction } from "../../support/function-on.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { installSnapshots } from "./snapshots.ts";
import type { Snapshots } from "./snapshots.ts";
import { annotationsFor, createClaim, refusalOf, review } from "./world.ts";

const SNAPSHOT = "VolumeSnapshot/nightly";
const NEWEST = "VolumeSnapshot?app=orders";
const CLONE = "PersistentVolumeClaim/seed";

describe("a volume that cannot start from its source", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let snapshots: Snapshots;

  // This test runs first: the next ones install what is missing here.
  it("W9: is rejected on a cluster without snapshots", async () => {
    const namespace = await uniqueNamespace("no-snapshots");
    for (const source of [SNAPSHOT, NEWEST])
      expect(await refusalOf(suite, namespace, source)).to.equal(
        `annotation volume-claim-template/data-source: "${source}" cannot be used: this cluster has no VolumeSnapshots: the API snapshot.storage.k8s.io/v1 is not installed`,
      );
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
  });

  describe("on a cluster with snapshots", () => {
    before(async () => {
      snapshots = await installSnapshots(suite.controlPlane);
    });

    const cases: {
      name: string;
      source?: string;
      /** Creates what the test needs. */
      prepare: (namespace: string) => Promise<void>;
      /** What follows "cannot be used"; `NAMESPACE` stands for the test's own. */
      says: string;
    }[] = [
      {
        name: "a snapshot that is in another namespace only",
        prepare: async () => {
          const other = await uniqueNamespace("other");
          await snapshots.set(other, "nightly", { readyToUse: true });
        },
        says: "there is no VolumeSnapshot nightly in namespace NAMESPACE",
      },
      {
        name: "a snapshot that is being deleted",
        prepare: async (namespace) => {
          await snapshots.set(namespace, "nightly", { readyToUse: true });
          await snapshots.startDeletion(namespace, "nightly");
        },
        says: "VolumeSnapshot nightly is being deleted",
      },
      {
        name: "labels of snapshots that are not ready",
        source: NEWEST,
        prepare: async (namespace) => {
          const labels = { app: "orders" };
          await snapshots.set(namespace, "a", {}, labels);
          await snapshots.set(namespace, "b", { readyToUse: false }, labels);
          await snapshots.set(namespace, "c", { readyToUse: true }, labels);
          await snapshots.startDeletion(namespace, "c");
        },
        says: "no VolumeSnapshot with these labels in namespace NAMESPACE is ready to use (2 not ready, 1 being deleted)",
      },
      {
        name: "a claim that waits for its volume",
        source: CLONE,
        prepare: (namespace) =>
          createClaim(suite, namespace, "seed", { storageClassName: "nobody" }),
        says: "PersistentVolumeClaim seed is Pending, and only a Bound claim can be cloned",
      },
      {
        name: "a claim that is too large",
        source: CLONE,
        prepare: (namespace) =>
          createClaim(suite, namespace, "seed", {
            resources: { requests: { storage: "5Gi" } },
          }),
        says: "PersistentVolumeClaim seed needs 5Gi, and volume-claim-template/storage asks for 1Gi; ask for 5Gi or more",
      },
    ];
    for (const { name, prepare, says, source = SNAPSHOT } of cases)
      it(`W9: is rejected for ${name}, and nothing is created`, async () => {
        const namespace = await uniqueNamespace("rejected");
        await prepare(namespace);
        const before = await claimsIn(suite, namespace);
        const expected = `annotation volume-claim-template/data-source: "${source}" cannot be used: ${says.replace("NAMESPACE", namespace)}`;
        for (const dryRun of [true, false])
          expect(
            await refusalOf(suite, namespace, source, { dryRun }),
          ).to.equal(expected);
        expect(await claimsIn(suite, namespace)).to.have.lengthOf(
          before.length,
        );
        expect(await podsIn(suite, namespace)).to.deep.equal([]);
      });

    it("W9: is rejected when the function may not read snapshots, and the message says whose right is missing", async () => {
      const namespace = await uniqueNamespace("no-right");
      const { controlPlane } = suite;
      const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
      await core.createNamespacedServiceAccount({
        namespace,
        body: { metadata: { name: "nobody" } },
      });
      const powerless = await startFunction(
        controlPlane,
        controlPlane.kubeconfigFor(
          await controlPlane.tokenFor(namespace, "nobody"),
        ),
      );
      try {
        for (const [source, verb] of [
          [SNAPSHOT, "get"],
          [NEWEST, "list"],
        ] as const) {
          const { status } = await review(powerless, namespace, source);
          expect(status?.code).to.equal(403);
          expect(status?.message)
            .to.include(
              `cannot be used: stateful-deployments may not read VolumeSnapshots in namespace ${namespace}: volumesnapshots.snapshot.storage.k8s.io`,
            )
            .and.to.include(`cannot ${verb} resource "volumesnapshots"`);
        }
      } finally {
        await powerless.stop();
      }
    });

    it("keeps a Deployment waiting, with the reason in an event, until its snapshot is ready", async () => {
      const namespace = await uniqueNamespace("not-yet");
      await snapshots.set(namespace, "nightly", { readyToUse: false });
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: aDeployment("web", 2, annotationsFor(SNAPSHOT)),
      });
      await eventually("the ReplicaSet says why", async () => {
        const { items } = await suite.core.listNamespacedEvent({ namespace });
        return items.some(
          ({ message, reason }) =>
            reason === "FailedCreate" &&
            message?.includes(
              `data-source: "${SNAPSHOT}" cannot be used: VolumeSnapshot nightly is not ready to use yet`,
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
});
