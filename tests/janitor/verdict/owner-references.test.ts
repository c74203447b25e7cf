import { expect } from "chai";
import { ownerReferenceChange } from "../../../janitor/verdict/owner-references.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import { aClaim, aPod, claimVolume, NOW, ownedBy, podOf } from "../objects.ts";
import { gone, itChangesOwners, own } from "./owner-reference-cases.ts";

describe("ownerReferenceChange", () => {
  const byHand = aPod("debug", [claimVolume("x", aClaim().name)]);
  const foreign = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    name: "s",
    uid: "1",
  };

  itChangesOwners([
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
  ]);

  it("J18 sets neither blockOwnerDeletion nor controller", () => {
    const change = ownerReferenceChange(aClaim(), podsByClaim([own]), true);
    expect(change?.ownerReferences[0]).to.have.all.keys(
      "apiVersion",
      "kind",
      "name",
      "uid",
    );
  });
});
