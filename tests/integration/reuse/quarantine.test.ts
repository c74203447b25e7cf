import { expect } from "chai";
import { admissionSuite, podsIn } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { sweepOn } from "../janitor/runs.ts";
import {
  claimsOfRunning,
  claimNames,
  reusingDeployment,
  scale,
} from "./reuse-suite.ts";

const LEASE_MS = 5_000;
const MINUTE = 60_000;
const KEPT_A_POD =
  /^the janitor found that it kept a Pod from starting, at \S+ Pod \S+: 0\/\d+ nodes are available: .*/;

describe("the quarantine of a set on a real control plane", function () {
  this.timeout(120_000);
  const suite = admissionSuite(LEASE_MS);

  const sweep = (namespace: string, laterMs = 0): Promise<unknown> =>
    sweepOn(suite.controlPlane.kubeconfigPath, namespace, { laterMs });

  async function quarantineOf(
    namespace: string,
    name: string,
  ): Promise<string | undefined> {
    const { metadata } = await suite.core.readNamespacedPersistentVolumeClaim({
      namespace,
      name,
    });
    return metadata?.annotations?.["volume-claim/quarantine"];
  }

  /** A Deployment with one Pod that runs, scaled to zero; returns its only claim. */
  async function idleClaim(
    namespace: string,
    keys: Readonly<Record<string, string>>,
  ): Promise<string> {
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment("db", 1, keys, { type: "Recreate" }),
    });
    const [claim = ""] = await claimsOfRunning(suite, namespace, 1);
    await scale(suite, namespace, "db", 0);
    await claimsOfRunning(suite, namespace, 0);
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 2_000));
    return claim;
  }

  it("lasts while a person mounts a claim by hand: no Pod gets the set meanwhile, and the next one does", async () => {
    const namespace = await uniqueNamespace("by-hand");
    const claim = await idleClaim(namespace, { "on-miss": "Wait" });
    const claimName = claim;
    await suite.core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name: "debug" },
        spec: {
          containers: [{ name: "shell", image: "shell:1" }],
          volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
          terminationGracePeriodSeconds: 0,
        },
      },
    });
    await sweep(namespace);
    await scale(suite, namespace, "db", 1);
    await eventually("the controller says why there is no Pod", async () => {
      const { items } = await suite.apps.listNamespacedReplicaSet({
        namespace,
      });
      return items.some(({ status }) =>
        status?.conditions?.some(({ message = "" }) =>
          message.includes(
            "is in quarantine: the janitor found it mounted by hand: Pod debug",
          ),
        ),
      );
    });
    await suite.core.deleteNamespacedPod({ namespace, name: "debug" });
    await eventually("the Pod of the person is gone", async () => {
      const pods = await podsIn(suite, namespace);
      return pods.every(({ metadata }) => metadata?.name !== "debug");
    });
    await sweep(namespace);
    expect(await quarantineOf(namespace, claim)).to.equal(undefined);
    expect(await claimsOfRunning(suite, namespace, 1)).to.deep.equal([claim]);
    expect(await claimNames(suite, namespace)).to.deep.equal([claim]);
  });

  for (const [onMiss, ends] of [
    ["Create", 75 * MINUTE],
    ["Wait", 13 * MINUTE],
  ] as const)
    it(`begins ten minutes after the scheduler found no node for the volume, and with ${onMiss} ends ${onMiss === "Wait" ? "with the Pod" : "an hour later"}`, async () => {
      const namespace = await uniqueNamespace("pending");
      const volumeName = `away-${namespace}`;
      await suite.core.createPersistentVolume({
        body: {
          metadata: { name: volumeName },
          spec: {
            accessModes: ["ReadWriteOnce"],
            capacity: { storage: "1Gi" },
            hostPath: { path: "/data" },
            storageClassName: volumeName,
            nodeAffinity: {
              required: {
                nodeSelectorTerms: [
                  {
                    matchExpressions: [
                      {
                        key: "topology.kubernetes.io/zone",
                        operator: "In",
                        values: ["zone-9"],
                      },
                    ],
                  },
                ],
              },
            },
          },
        },
      });
      await suite.apps.createNamespacedDeployment({
        namespace,
        body: reusingDeployment("db", 1, {
          "on-miss": onMiss,
          "storage-class": volumeName,
        }),
      });
      await eventually("the scheduler has found no node", async () => {
        const pods = await podsIn(suite, namespace);
        return pods.some(({ status }) =>
          status?.conditions?.some(
            ({ message = "", reason }) =>
              reason === "Unschedulable" && message.includes("node affinity"),
          ),
        );
      });
      const [claim = ""] = await claimNames(suite, namespace);
      await sweep(namespace, 9 * MINUTE);
      expect(await quarantineOf(namespace, claim)).to.equal(undefined);
      await sweep(namespace, 11 * MINUTE);
      expect(await quarantineOf(namespace, claim)).to.match(KEPT_A_POD);
      await scale(suite, namespace, "db", 0);
      await claimsOfRunning(suite, namespace, 0);
      if (onMiss === "Create") {
        await sweep(namespace, 13 * MINUTE);
        expect(await quarantineOf(namespace, claim)).to.match(KEPT_A_POD);
      }
      await sweep(namespace, ends);
      expect(await quarantineOf(namespace, claim)).to.equal(undefined);
      await suite.core.deleteNamespacedPersistentVolumeClaim({
        namespace,
        name: claim,
      });
      await suite.core.deletePersistentVolume({ name: volumeName });
    });
});
