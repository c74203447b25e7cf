import { admissionSuite } from "../../support/admission-suite.ts";
import { itIsRefused } from "./refused-cases.ts";
import { createClaim } from "./world.ts";

describe("a volume that cannot be a clone", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  itIsRefused(suite, [
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
  ]);
});
