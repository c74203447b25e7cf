import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { adoptionNow, ownerChange } from "../../janitor/adoption.ts";
import type { OwnerChange } from "../../janitor/adoption.ts";
import type { ClaimMetadata } from "../../janitor/claim-metadata.ts";
import { podsByClaim } from "../../janitor/pod-uses-claim.ts";
import { aClaim, aPod, claimVolume, NOW, ownedBy, podOf } from "./objects.ts";

describe("ownerChange", () => {
  const own = podOf(aClaim(), "web-1");
  const byHand = aPod("debug", [claimVolume("x", aClaim().name)]);
  const gone = podOf(aClaim(), "gone");
  const held = { "volume-claim/hold": "true" };
  const retain = { "volume-claim-template/retention": "Retain" };
  const foreign = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    name: "s",
    uid: "1",
  };

  const cases: {
    name: string;
    claim: ClaimMetadata;
    pods: V1Pod[];
    adopt?: boolean;
    change: OwnerChange | undefined;
  }[] = [
    {
      name: "makes the Pod of a claim its owner",
      claim: aClaim(),
      pods: [own],
      change: { change: "adopt", ownerReferences: [ownedBy(own)] },
    },
    {
      name: "leaves a claim alone whose Pod owns it already",
      claim: aClaim({ ownerReferences: [ownedBy(own)] }),
      pods: [own],
      change: undefined,
    },
    {
      name: "J6 makes a Pod that mounts the claim by hand an owner too",
      claim: aClaim({ ownerReferences: [ownedBy(own)] }),
      pods: [own, byHand],
      change: {
        change: "adopt",
        ownerReferences: [ownedBy(own), ownedBy(byHand)],
      },
    },
    {
      name: "J6 makes it an owner when the first owner is gone, and keeps that reference for the garbage collector to judge",
      claim: aClaim({ ownerReferences: [ownedBy(gone)] }),
      pods: [byHand],
      change: {
        change: "adopt",
        ownerReferences: [ownedBy(gone), ownedBy(byHand)],
      },
    },
    {
      name: "does not give a claim to a Pod alone that mounts it by hand",
      claim: aClaim(),
      pods: [byHand],
      change: undefined,
    },
    {
      name: "does not go by a label that names another claim",
      claim: aClaim(),
      pods: [
        podOf(aClaim(), "web-1", { labels: { "volume-claim/cache": "other" } }),
      ],
      change: undefined,
    },
    {
      name: "J3 does not give a claim to a Pod without a node, which is gone as soon as somebody deletes it",
      claim: aClaim(),
      pods: [podOf(aClaim(), "web-1", { node: null })],
      change: undefined,
    },
    {
      name: "J5 does not give a claim to a Terminating Pod",
      claim: aClaim(),
      pods: [podOf(aClaim(), "web-1", { terminating: true })],
      change: undefined,
    },
    {
      name: "J5 makes a Terminating Pod an owner beside one that stays: the claim must outlast both",
      claim: aClaim(),
      pods: [own, podOf(aClaim(), "web-0", { terminating: true })],
      change: {
        change: "adopt",
        ownerReferences: [ownedBy(own), ownedBy(podOf(aClaim(), "web-0"))],
      },
    },
    {
      name: "J3 makes a Pod without a node an owner where there is one already, which may be gone any moment",
      claim: aClaim({ ownerReferences: [ownedBy(gone)] }),
      pods: [podOf(aClaim(), "web-1", { node: null })],
      change: {
        change: "adopt",
        ownerReferences: [ownedBy(gone), ownedBy(own)],
      },
    },
    {
      name: "does not adopt without the uid of every Pod",
      claim: aClaim(),
      pods: [own, podOf(aClaim(), "web-2", { uid: null })],
      change: undefined,
    },
    {
      name: "does not adopt when told not to",
      claim: aClaim(),
      pods: [own],
      adopt: false,
      change: undefined,
    },
    {
      name: "J13 does not adopt a claim that has no volume yet",
      claim: aClaim({
        bound: false,
      }),
      pods: [own],
      change: undefined,
    },
    {
      name: "J15 leaves a claim alone that is going",
      claim: aClaim({ deletedAt: NOW }),
      pods: [own],
      change: undefined,
    },
    {
      name: "J19 leaves a claim alone that is not ours",
      claim: aClaim({ labels: { managed: "no" } }),
      pods: [own],
      change: undefined,
    },
    {
      name: "J19 leaves a claim alone that somebody else owns",
      claim: aClaim({ ownerReferences: [foreign, ownedBy(gone)] }),
      pods: [own],
      change: undefined,
    },
    {
      name: "never adopts a held claim",
      claim: aClaim({ annotations: held }),
      pods: [own],
      change: undefined,
    },
    {
      name: "releases a held claim, which would go with its Pod",
      claim: aClaim({ annotations: held, ownerReferences: [ownedBy(own)] }),
      pods: [own],
      change: { change: "release", ownerReferences: [] },
    },
    {
      name: "releases a held claim also when told not to adopt",
      claim: aClaim({ labels: held, ownerReferences: [ownedBy(own)] }),
      pods: [],
      adopt: false,
      change: { change: "release", ownerReferences: [] },
    },
    {
      name: "never adopts a claim with another retention",
      claim: aClaim({ annotations: retain }),
      pods: [own],
      change: undefined,
    },
    {
      name: "releases a claim whose retention was changed",
      claim: aClaim({ annotations: retain, ownerReferences: [ownedBy(own)] }),
      pods: [own],
      change: { change: "release", ownerReferences: [] },
    },
    ...[
      { "volume-claim-template/retention": "Reuse" },
      {
        "volume-claim-template/retention": "Retain",
        "volume-claim-template/idle-ttl": "7d",
      },
      { "volume-claim-template/idle-ttl": "7d" },
      { "volume-claim-template/finished-pods": "Forget" },
    ].map((annotations) => ({
      name: `releases a claim that stays without its Pod: ${JSON.stringify(annotations)}`,
      claim: aClaim({ annotations, ownerReferences: [ownedBy(own)] }),
      pods: [own],
      change: { change: "release" as const, ownerReferences: [] },
    })),
    {
      name: "releases only from references of its own kind",
      claim: aClaim({
        annotations: retain,
        ownerReferences: [
          { ...ownedBy(gone), blockOwnerDeletion: true },
          ownedBy(own),
        ],
      }),
      pods: [own],
      change: {
        change: "release",
        ownerReferences: [{ ...ownedBy(gone), blockOwnerDeletion: true }],
      },
    },
    {
      name: "leaves a retained claim alone whose owner is not of its own kind",
      claim: aClaim({
        annotations: retain,
        ownerReferences: [{ ...ownedBy(gone), blockOwnerDeletion: true }],
      }),
      pods: [own],
      change: undefined,
    },
    {
      name: "J4 adopts a claim that finished Pods do not hold: it goes with them at the latest",
      claim: aClaim({
        annotations: { "volume-claim-template/finished-pods": "Release" },
      }),
      pods: [podOf(aClaim(), "web-1", { phase: "Succeeded" })],
      change: { change: "adopt", ownerReferences: [ownedBy(own)] },
    },
    {
      name: "leaves a claim alone that no Pod names",
      claim: aClaim({ ownerReferences: [ownedBy(gone)] }),
      pods: [],
      change: undefined,
    },
    {
      name: "releases a claim that many Pods share",
      claim: aClaim({ ownerReferences: [ownedBy(own)] }),
      pods: Array.from({ length: 9 }, (_, index) =>
        podOf(aClaim(), `web-${index}`),
      ),
      change: { change: "release", ownerReferences: [] },
    },
  ];

  for (const { name, claim, pods, adopt = true, change } of cases)
    it(name, () => {
      expect(ownerChange(claim, podsByClaim(pods), adopt)).to.deep.equal(
        change,
      );
    });

  it("J18 sets neither blockOwnerDeletion nor controller", () => {
    const change = ownerChange(aClaim(), podsByClaim([own]), true);
    expect(change?.ownerReferences[0]).to.have.all.keys(
      "apiVersion",
      "kind",
      "name",
      "uid",
    );
  });
});

describe("adoptionNow", () => {
  const claim = aClaim();
  const own = podOf(claim, "web-1");
  const owned = aClaim({ ownerReferences: [ownedBy(own)] });
  const restored = podOf(claim, "restored");
  const madeAnew = podOf(claim, "web-1", { uid: "another" });
  const crowd = Array.from({ length: 9 }, (_, index) =>
    podOf(claim, `web-${index}`),
  );

  const cases: {
    name: string;
    claim: ClaimMetadata;
    first: V1Pod[];
    now: V1Pod[];
    owners: V1Pod[] | undefined;
  }[] = [
    {
      name: "adopts what two looks agree on",
      claim,
      first: [own],
      now: [own],
      owners: [own],
    },
    {
      name: "adopts in whatever order the Pods come",
      claim,
      first: [own, restored],
      now: [restored, own],
      owners: [restored, own],
    },
    {
      name: "J1 leaves a claim alone whose Pod is gone",
      claim,
      first: [own],
      now: [],
      owners: undefined,
    },
    {
      name: "J1 leaves a claim alone whose Pod gave way to another",
      claim,
      first: [own],
      now: [restored],
      owners: undefined,
    },
    {
      name: "J1 leaves a claim alone whose Pod was made anew under its name",
      claim,
      first: [own],
      now: [madeAnew],
      owners: undefined,
    },
    {
      name: "J1 leaves a claim alone that one more Pod names now",
      claim,
      first: [own],
      now: [own, restored],
      owners: undefined,
    },
    {
      name: "J5 leaves a claim alone whose Pod has become Terminating",
      claim,
      first: [own],
      now: [podOf(claim, "web-1", { terminating: true })],
      owners: undefined,
    },
    {
      name: "J6 makes whoever came an owner where there is one already",
      claim: owned,
      first: [own],
      now: [restored],
      owners: [own, restored],
    },
    {
      name: "does not release: that is not what was looked for",
      claim: owned,
      first: [own, restored],
      now: crowd,
      owners: undefined,
    },
  ];
  for (const { name, claim: judged, first, now, owners } of cases)
    it(name, () => {
      const change = adoptionNow(judged, podsByClaim(first), podsByClaim(now));
      expect(change?.ownerReferences).to.deep.equal(owners?.map(ownedBy));
    });
});
