import { ApiException } from "@kubernetes/client-node";
import type {
  V1LimitRangeItem,
  V1PersistentVolumeClaim,
} from "@kubernetes/client-node";
import { expect } from "chai";
import {
  admissionSuite,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { aDeploymentWith, aPodWith } from "./cases/volumes.ts";
import type { Volume } from "./cases/volumes.ts";

describe("a Pod of whose claims one is refused", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  /** What the API server says to somebody who creates a Pod with these volumes; undefined when it does so. */
  async function refusalOf(
    namespace: string,
    volumes: readonly Volume[],
  ): Promise<string | undefined> {
    try {
      await suite.core.createNamespacedPod({
        namespace,
        body: aPodWith(volumes),
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiException)) throw error;
      return (JSON.parse(error.body as string) as { message: string }).message;
    }
  }

  /** Those that nobody has asked to go: a finalizer keeps the others for a moment. */
  async function standingClaims(
    namespace: string,
  ): Promise<V1PersistentVolumeClaim[]> {
    return (await claimsIn(suite, namespace)).filter(
      ({ metadata }) => !metadata?.deletionTimestamp,
    );
  }

  /** Applies a quota and waits until the API server counts by it. */
  async function limitTo(
    namespace: string,
    hard: Record<string, string>,
  ): Promise<void> {
    await suite.core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name: "small" }, spec: { hard } },
    });
    await eventually("the quota is counted", async () => {
      const { status } = await suite.core.readNamespacedResourceQuota({
        namespace,
        name: "small",
      });
      return Object.keys(status?.hard ?? {}).length > 0;
    });
  }

  const quotas: {
    name: string;
    hard: Record<string, string>;
    refused: Volume[];
    says: string;
    allowed: Volume[];
  }[] = [
    {
      name: "the storage of all claims",
      hard: { "requests.storage": "3Gi" },
      refused: [
        { name: "data", storage: "2Gi" },
        { name: "wal", storage: "2Gi" },
      ],
      says: "exceeded quota: small, requested: requests.storage=2Gi, used: requests.storage=2Gi, limited: requests.storage=3Gi",
      allowed: [
        { name: "data", storage: "2Gi" },
        { name: "wal", storage: "1Gi" },
      ],
    },
    {
      name: "the number of claims",
      hard: { persistentvolumeclaims: "1" },
      refused: [{ name: "data" }, { name: "wal" }],
      says: "exceeded quota: small, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=1, limited: persistentvolumeclaims=1",
      allowed: [{ name: "data" }],
    },
    {
      name: "the storage of one class",
      hard: { "gold.storageclass.storage.k8s.io/requests.storage": "2Gi" },
      refused: [
        { name: "data", storage: "9Gi" },
        { name: "wal", storage: "3Gi", storageClassName: "gold" },
      ],
      says: "exceeded quota: small, requested: gold.storageclass.storage.k8s.io/requests.storage=3Gi",
      allowed: [
        { name: "data", storage: "9Gi" },
        { name: "wal", storage: "2Gi", storageClassName: "gold" },
      ],
    },
    {
      name: "the number of claims of one class",
      hard: { "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "0" },
      refused: [{ name: "data" }, { name: "wal", storageClassName: "gold" }],
      says: "exceeded quota: small, requested: gold.storageclass.storage.k8s.io/persistentvolumeclaims=1",
      allowed: [{ name: "data" }, { name: "wal" }],
    },
  ];
  for (const { name, hard, refused, says, allowed } of quotas)
    it(`W11: has none of its claims when a quota on ${name} refuses one`, async () => {
      const namespace = await uniqueNamespace("quota");
      await limitTo(namespace, hard);
      const message = await refusalOf(namespace, refused);
      expect(message)
        .to.include(says)
        .and.to.include(
          `cannot create PersistentVolumeClaim ${namespace}/pod-`,
        );
      expect(await standingClaims(namespace)).to.deep.equal([]);
      expect(await podsIn(suite, namespace)).to.deep.equal([]);
      await eventually("what was taken back is counted no more", async () => {
        expect(await refusalOf(namespace, allowed)).to.equal(undefined);
        return true;
      });
      expect(await standingClaims(namespace)).to.have.lengthOf(allowed.length);
    });

  const ranges: {
    name: string;
    limit: Partial<V1LimitRangeItem>;
    says: string;
  }[] = [
    {
      name: "more than the most",
      limit: { max: { storage: "2Gi" } },
      says: "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi",
    },
    {
      name: "less than the least",
      limit: { min: { storage: "2Gi" } },
      says: "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi",
    },
  ];
  for (const { name, limit, says } of ranges)
    it(`W11: has none of its claims when one is ${name} that a LimitRange allows`, async () => {
      const namespace = await uniqueNamespace("limit-range");
      await suite.core.createNamespacedLimitRange({
        namespace,
        body: {
          metadata: { name: "sizes" },
          spec: { limits: [{ type: "PersistentVolumeClaim", ...limit }] },
        },
      });
      const message = await eventually("the LimitRange is in force", () =>
        refusalOf(namespace, [
          { name: "small", storage: "1Gi" },
          { name: "middle", storage: "2Gi" },
          { name: "large", storage: "3Gi" },
        ]),
      );
      expect(message).to.include(says);
      expect(await standingClaims(namespace)).to.deep.equal([]);
      expect(await podsIn(suite, namespace)).to.deep.equal([]);
      expect(
        await refusalOf(namespace, [{ name: "middle", storage: "2Gi" }]),
      ).to.equal(undefined);
    });

  it("W11: tells the owner of a Deployment which claim a quota refuses, and leaves nothing", async () => {
    const namespace = await uniqueNamespace("quota-event");
    await limitTo(namespace, { "requests.storage": "3Gi" });
    const volumes = [
      { name: "data", storage: "2Gi" },
      { name: "wal", storage: "2Gi" },
    ];
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: aDeploymentWith("web", 1, volumes),
    });
    const message = await eventually("the ReplicaSet reports", async () => {
      const { items } = await suite.core.listNamespacedEvent({ namespace });
      return items.find(({ reason }) => reason === "FailedCreate")?.message;
    });
    expect(message).to.match(
      /cannot create PersistentVolumeClaim \S+\/web-\S+-(data|wal)-\S+: .*exceeded quota: small/,
    );
    await suite.apps.deleteNamespacedDeployment({ namespace, name: "web" });
    await eventually(
      "no claim is left",
      async () => (await claimsIn(suite, namespace)).length === 0,
    );
  });
});
