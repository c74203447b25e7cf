import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, versionOf, without } from "./claims-of-tests.ts";
import { fenceSuite } from "./fence-suite.ts";
import { succeed } from "./installed-cluster.ts";

const RETENTION = "volume-claim-template/retention";
const IDLE_TTL = "volume-claim-template/idle-ttl";
/** A merge patch. */
const owners = (...ownerReferences: object[]) => ({
  metadata: { ownerReferences },
});
const marked = { "volume-claim/unused-since": "2026-01-01T00:00:00Z" };
const onlyThese =
  "only claims whose retention is Delete, or Retain with an idle-ttl and with its mark volume-claim/unused-since";

describe("the fence around the janitor", function () {
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

  it("let it delete the version of a marked claim that it looked at", async () => {
    const { name: claim, ...version } = await fence.made({}, { bound: true });
    expect(await outcomeOf(fence.janitor.remove(claim, version))).to.equal(
      "allowed",
    );
  });

  for (const idleTtl of ["36h", "1d12h", "0.5h"])
    it(`let it delete a claim that was retained for ${idleTtl} and bears the mark`, async () => {
      const { name: claim, ...version } = await fence.made({
        annotations: { [RETENTION]: "Retain", [IDLE_TTL]: idleTtl, ...marked },
      });
      expect(await outcomeOf(fence.janitor.remove(claim, version))).to.equal(
        "allowed",
      );
    });

  const kept: {
    name: string;
    metadata?: Parameters<typeof aClaim>[1];
    drop?: string;
    says: string;
  }[] = [
    {
      name: "without the label managed",
      drop: "managed",
      says: "only claims that the function made",
    },
    {
      name: "without the label managed-by",
      drop: "app.kubernetes.io/managed-by",
      says: "only claims that the function made",
    },
    {
      name: "without the request's uid",
      drop: "volume-claim/request-uid",
      says: "only claims that the function made",
    },
    {
      name: "held by an annotation",
      metadata: { annotations: { "volume-claim/hold": "true" } },
      says: "this claim is held",
    },
    {
      name: "held by a label",
      metadata: { labels: { "volume-claim/hold": "yes" } },
      says: "this claim is held",
    },
    {
      name: "to be retained",
      metadata: { annotations: { [RETENTION]: "Retain" } },
      says: onlyThese,
    },
    {
      name: "to be retained, though it bears the mark",
      metadata: { annotations: { [RETENTION]: "Retain", ...marked } },
      says: onlyThese,
    },
    {
      name: "to be retained for a time that no sweep has seen begin",
      metadata: { annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "36h" } },
      says: onlyThese,
    },
    {
      name: "to be retained for a time that is none",
      metadata: {
        annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "soon", ...marked },
      },
      says: onlyThese,
    },
    {
      name: "whose retention contradicts its idle-ttl",
      metadata: {
        annotations: { [RETENTION]: "Delete", [IDLE_TTL]: "36h", ...marked },
      },
      says: onlyThese,
    },
    {
      name: "whose retention nobody knows",
      metadata: {
        annotations: { [RETENTION]: "Reuse", [IDLE_TTL]: "36h", ...marked },
      },
      says: onlyThese,
    },
    {
      name: "of another controller",
      metadata: {
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: "s", uid: "u" },
        ],
      },
      says: "belongs to another controller",
    },
    {
      name: "of a Pod that is its controller",
      metadata: {
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "Pod",
            name: "p",
            uid: "u",
            controller: true,
          },
        ],
      },
      says: "belongs to another controller",
    },
  ];
  for (const { name: title, metadata = {}, drop = "", says } of kept) {
    it(`refuse that it deletes a claim ${title}`, async () => {
      // Held back by a finalizer: the garbage collector finds none of these owners and would be quicker.
      const claim = without(
        aClaim(fence.name(), { finalizers: ["example.com/test"], ...metadata }),
        drop,
      );
      const { name: created } = versionOf(await fence.admin.create(claim));
      // The collector still marks them as deleted, which makes another version of them.
      const said = await eventually("not a conflict", async () => {
        const { name, ...version } = versionOf(await fence.admin.get(created));
        const outcome = await outcomeOf(fence.janitor.remove(name, version));
        return !outcome.startsWith("Operation cannot be fulfilled") && outcome;
      });
      expect(said).to.include(says);
      await fence.admin.patch(created, { metadata: { finalizers: null } });
    });
  }

  it("refuse that it deletes a claim without saying which version", async () => {
    const { name: claim, uid, resourceVersion } = await fence.made();
    for (const preconditions of [undefined, { uid }, { resourceVersion }])
      expect(
        await outcomeOf(fence.janitor.remove(claim, preconditions)),
      ).to.include("only the very version of a claim that it looked at");
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
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
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
    expect(await change({ ownerReferences: [owner] })).to.equal("allowed");
    await fence.admin.patch(claim, { metadata: { finalizers: null } });
  });

  const changes: { name: string; change: object; says: string }[] = [
    {
      name: "a marker label",
      change: { metadata: { labels: { managed: null } } },
      says: "only ownerReferences and annotation volume-claim/unused-since",
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
      change: {
        metadata: {
          ownerReferences: [
            {
              apiVersion: "apps/v1",
              kind: "ReplicaSet",
              name: "r",
              uid: "u",
            },
          ],
        },
      },
      says: "may make only Pods the owners",
    },
    {
      name: "the owners to a Pod that would have to wait",
      change: {
        metadata: {
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "Pod",
              name: "p",
              uid: "u",
              blockOwnerDeletion: true,
            },
          ],
        },
      },
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
      const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "gone" };
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
    expect(
      await outcomeOf(
        fence.janitor.patch(claim, { metadata: { ownerReferences: [] } }),
      ),
    ).to.include("may touch only claims that the function made");
  });
});
