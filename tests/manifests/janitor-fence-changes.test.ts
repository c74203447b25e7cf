import { expect } from "chai";
import { IDLE_TTL, RETENTION } from "../integration/life-cycle/world.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, versionOf, without } from "./claims-of-tests.ts";
import { fenceSuite } from "./fence-suite.ts";
import { succeed } from "./installed-cluster.ts";

const aPod = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
/** A merge patch. */
const owners = (...ownerReferences: object[]) => ({
  metadata: { ownerReferences },
});

describe("the fence around the janitor when it writes", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  before(async () => {
    // Else the API server itself refuses that a claim grows.
    await succeed(fence.cluster.controlPlane, [
      "patch",
      "storageclass",
      "standard",
      "-p",
      '{"allowVolumeExpansion":true}',
    ]);
  });

  it("refuse every claim that it would create", async () => {
    expect(
      await outcomeOf(fence.janitor.create(aClaim(fence.name()))),
    ).to.include("never creates a claim");
  });

  it("let it make Pods the owners, and set and take away its mark", async () => {
    const { name: claim } = await fence.made({
      finalizers: ["example.com/test"],
    });
    const change = (metadata: object) =>
      outcomeOf(fence.janitor.patch(claim, { metadata }));
    expect(
      await change({
        annotations: { "volume-claim/unused-since": "2026-01-01T00:00:00Z" },
      }),
    ).to.equal("allowed");
    expect(
      await change({ annotations: { "volume-claim/unused-since": null } }),
    ).to.equal("allowed");
    expect(await change({ ownerReferences: [aPod] })).to.equal("allowed");
    await fence.admin.patch(claim, { metadata: { finalizers: null } });
  });

  const changes: { name: string; change: object; says: string }[] = [
    {
      name: "a marker label",
      change: { metadata: { labels: { managed: null } } },
      says: "only ownerReferences and annotations volume-claim/unused-since and volume-claim/used-as",
    },
    {
      name: "any other label",
      change: { metadata: { labels: { team: "a" } } },
      says: "only ownerReferences",
    },
    {
      name: "an annotation of somebody",
      change: { metadata: { annotations: { team: "a" } } },
      says: "only ownerReferences",
    },
    {
      name: "the hold",
      change: { metadata: { annotations: { "volume-claim/hold": null } } },
      says: "only ownerReferences",
    },
    {
      name: "the retention",
      change: {
        metadata: {
          annotations: { [RETENTION]: "Delete" },
        },
      },
      says: "only ownerReferences",
    },
    {
      name: "the time of the request",
      change: {
        metadata: { annotations: { "volume-claim/requested-at": null } },
      },
      says: "only ownerReferences",
    },
    {
      name: "the finalizers",
      change: { metadata: { finalizers: null } },
      says: "only ownerReferences",
    },
    {
      name: "the size",
      change: { spec: { resources: { requests: { storage: "2Gi" } } } },
      says: "only ownerReferences",
    },
    {
      name: "the owners to something else than a Pod",
      change: owners({
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: "r",
        uid: "u",
      }),
      says: "may make only Pods the owners",
    },
    {
      name: "the owners to a Pod that would have to wait",
      change: owners({ ...aPod, blockOwnerDeletion: true }),
      says: "may make only Pods the owners",
    },
  ];
  for (const { name: what, change, says } of changes) {
    it(`refuse that it changes ${what}`, async () => {
      const { name: claim } = await fence.made(
        { annotations: { "volume-claim/hold": "true" } },
        { bound: true },
      );
      expect(await outcomeOf(fence.janitor.patch(claim, change))).to.include(
        says,
      );
    });
  }

  const outliving: {
    name: string;
    metadata: Parameters<typeof aClaim>[1];
  }[] = [
    {
      name: "is held by an annotation",
      metadata: { annotations: { "volume-claim/hold": "true" } },
    },
    {
      name: "is held by a label",
      metadata: { labels: { "volume-claim/hold": "yes" } },
    },
    {
      name: "is to be retained",
      metadata: { annotations: { [RETENTION]: "Retain" } },
    },
    {
      name: "is to be retained for a time",
      metadata: { annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "36h" } },
    },
    {
      name: "has a retention that contradicts its idle-ttl",
      metadata: { annotations: { [IDLE_TTL]: "36h" } },
    },
  ];
  for (const { name: title, metadata } of outliving) {
    it(`refuse that it hands the garbage collector a claim that ${title}, and let it take the owner away`, async () => {
      const owner = { ...aPod, uid: "gone" };
      // Held back by a finalizer: the garbage collector finds no such Pod.
      const { name: claim } = await fence.made({
        finalizers: ["example.com/test"],
        ...metadata,
      });
      expect(
        await outcomeOf(fence.janitor.patch(claim, owners(owner))),
      ).to.include("may not give an owner to a claim that is held");
      await fence.admin.patch(claim, owners(owner));
      expect(
        await outcomeOf(
          fence.janitor.patch(claim, owners(owner, { ...owner, uid: "2" })),
        ),
      ).to.include("may not give an owner to a claim that is held");
      expect(await outcomeOf(fence.janitor.patch(claim, owners()))).to.equal(
        "allowed",
      );
      await fence.admin.patch(claim, { metadata: { finalizers: null } });
    });
  }

  it("refuse that it touches a claim of somebody else", async () => {
    const { name: claim } = versionOf(
      await fence.admin.create(without(aClaim(fence.name()), "managed")),
    );
    expect(await outcomeOf(fence.janitor.patch(claim, owners()))).to.include(
      "may touch only claims that the function made",
    );
  });
});
