import { ApiException } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  admissionSuite,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { claimVolumes } from "../../support/pods-and-claims.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { aDeploymentWith, aPodWith } from "../../support/pods-with-volumes.ts";
import type { Volume } from "../../support/pods-with-volumes.ts";

describe("a Pod with several volumes", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  it("can have twenty, each with a Bound claim of its own", async () => {
    const namespace = await uniqueNamespace("twenty");
    const volumes = Array.from({ length: 20 }, (_, index) => ({
      name: `disk-${index + 1}`,
      storage: `${index + 1}Gi`,
      storageClassName: "standard",
    }));
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeploymentWith("web", 2, volumes),
    });
    const pods = await eventually("2 Pods run", async () => {
      const found = await podsIn(suite, namespace);
      return (
        found.length === 2 &&
        found.every(({ status }) => status?.phase === "Running") &&
        found
      );
    });
    const claims = new Map(
      (await claimsIn(suite, namespace)).map((claim) => [
        claim.metadata?.name,
        claim,
      ]),
    );
    expect(claims.size).to.equal(40);
    const all = pods.flatMap((pod) => {
      const labels = pod.metadata?.labels ?? {};
      const ofPod = claimVolumes(pod);
      expect(ofPod.map(({ volume }) => volume)).to.deep.equal(
        volumes.map(({ name }) => name),
      );
      expect(labels["volume-claim/name"]).to.equal(ofPod[0]?.claim);
      return ofPod.map((one) => ({ ...one, labels }));
    });
    for (const { claim, labels, volume } of all) {
      expect(labels[`volume-claim/${volume}`]).to.equal(claim);
      const { spec, status } = claims.get(claim) ?? {};
      const size = `${volume.replace("disk-", "")}Gi`;
      expect(spec?.resources?.requests?.["storage"]).to.equal(size);
      expect(status?.phase).to.equal("Bound");
    }
    expect(new Set(all.map(({ claim }) => claim)).size).to.equal(40);
  });

  /** The API server's message when it rejects a Pod with these volumes; undefined when it accepts the Pod. */
  async function rejectionOf(
    namespace: string,
    volumes: readonly Volume[],
  ): Promise<string | undefined> {
    try {
      const body = aPodWith(volumes);
      await suite.core.createNamespacedPod({ namespace, body });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiException)) throw error;
      return (JSON.parse(error.body as string) as { message: string }).message;
    }
  }

  /** Volumes of the claims that are not being deleted: a finalizer keeps the others for a moment. */
  async function claimedVolumes(namespace: string): Promise<unknown[]> {
    return (await claimsIn(suite, namespace))
      .filter(({ metadata }) => !metadata?.deletionTimestamp)
      .map(({ metadata }) => metadata?.labels?.["volume-claim-template/name"]);
  }

  /** Waits until the API server rejects claims by a limit that was just created. */
  async function limitCounts(namespace: string): Promise<void> {
    const body = {
      metadata: { name: "too-large" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "9Gi" } },
      },
    };
    await eventually("the limit counts", async () => {
      try {
        const request = { namespace, body, dryRun: "All" };
        await suite.core.createNamespacedPersistentVolumeClaim(request);
        return false;
      } catch (error) {
        return /exceeded quota|maximum storage/.test(String(error));
      }
    });
  }

  function createQuota(namespace: string): Promise<unknown> {
    const spec = { hard: { "requests.storage": "3Gi" } };
    const body = { metadata: { name: "small" }, spec };
    return suite.core.createNamespacedResourceQuota({ namespace, body });
  }

  function createLimitRange(namespace: string): Promise<unknown> {
    const limit = { type: "PersistentVolumeClaim", max: { storage: "1Gi" } };
    const body = { metadata: { name: "small" }, spec: { limits: [limit] } };
    return suite.core.createNamespacedLimitRange({ namespace, body });
  }

  const limits = [
    {
      name: "a quota",
      create: createQuota,
      data: "2Gi",
      says: "exceeded quota: small, requested: requests.storage=2Gi, used: requests.storage=2Gi, limited: requests.storage=3Gi",
    },
    {
      name: "a LimitRange",
      create: createLimitRange,
      data: "1Gi",
      says: "maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi",
    },
  ];
  for (const { name, create, data, says } of limits)
    it(`W11: has no claim when ${name} rejects one of two, and both when they fit`, async () => {
      const namespace = await uniqueNamespace("limited");
      await create(namespace);
      await limitCounts(namespace);
      const first = { name: "data", storage: data };
      expect(
        await rejectionOf(namespace, [first, { name: "wal", storage: "2Gi" }]),
      )
        .to.include(says)
        .and.to.include(
          `cannot create PersistentVolumeClaim ${namespace}/pod-`,
        );
      expect(await claimedVolumes(namespace)).to.deep.equal([]);
      expect(await podsIn(suite, namespace)).to.deep.equal([]);
      await eventually("deleted claims count no more", async () => {
        expect(await rejectionOf(namespace, [first, { name: "wal" }])).to.equal(
          undefined,
        );
        return true;
      });
      expect(await claimedVolumes(namespace)).to.have.members(["data", "wal"]);
    });
});
