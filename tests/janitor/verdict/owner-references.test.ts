import type { V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  confirmedAdoption,
  ownerReferenceChange,
} from "../../../janitor/verdict/owner-references.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import { aClaim, aPod, claimVolume, NOW, ownedBy, podOf } from "../objects.ts";

/** The Pod that the claim was made for. */
const own = podOf(aClaim(), "web-1");
/** A Pod that only owner references still name. */
const gone = podOf(aClaim(), "gone");
const byHand = aPod("debug", [claimVolume("x", aClaim().name)]);
const waiting = podOf(aClaim(), "web-1", { node: null });
const terminating = podOf(aClaim(), "web-0", { terminating: true });
const nine = Array.from({ length: 9 }, (_, index) =>
  podOf(aClaim(), `web-${index}`),
);

/** A claim that these Pods own. */
function owned(...pods: V1Pod[]): ReturnType<typeof aClaim> {
  return aClaim({ ownerReferences: pods.map(ownedBy) });
}

function changeOf(
  claim: ReturnType<typeof aClaim>,
  pods: readonly V1Pod[],
  adopt = true,
): ReturnType<typeof ownerReferenceChange> {
  return ownerReferenceChange(claim, podsByClaim(pods), adopt);
}

describe("ownerReferenceChange", () => {
  type Case = [
    title: string,
    claim: ReturnType<typeof aClaim>,
    pods: V1Pod[],
    owners?: V1Pod[],
  ];
  const adopts: Case[] = [
    // deep.equal: with neither blockOwnerDeletion nor controller.
    ["J18 the Pod of a claim, by four fields", aClaim(), [own], [own]],
    [
      "J6 a Pod that mounts the claim by hand, beside its owner",
      owned(own),
      [own, byHand],
      [own, byHand],
    ],
    [
      "J6 such a Pod when the first owner is gone, and keeps that reference for the garbage collector to judge",
      owned(gone),
      [byHand],
      [gone, byHand],
    ],
    [
      "J5 a Terminating Pod beside one that stays: the claim must outlast both",
      aClaim(),
      [own, terminating],
      [own, terminating],
    ],
    [
      "J3 a Pod without a node where there is an owner already",
      owned(gone),
      [waiting],
      [gone, waiting],
    ],
    [
      "J4 a finished Pod of a claim that finished Pods do not hold",
      aClaim({
        annotations: { "volume-claim-template/finished-pods": "Release" },
      }),
      [podOf(aClaim(), "web-1", { phase: "Succeeded" })],
      [own],
    ],
  ];
  for (const [title, claim, pods, owners = []] of adopts)
    it(`sets as owner ${title}`, () => {
      expect(changeOf(claim, pods)).to.deep.equal({
        change: "adopt",
        ownerReferences: owners.map(ownedBy),
      });
      expect(changeOf(claim, pods, false)).to.equal(undefined);
    });

  const foreign = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    name: "s",
    uid: "1",
  };
  const unchanged: Case[] = [
    ["whose Pod owns it already", owned(own), [own]],
    ["of a Pod alone that mounts it by hand", aClaim(), [byHand]],
    [
      "of a Pod whose label names another claim",
      aClaim(),
      [podOf(aClaim(), "w", { labels: { "volume-claim/cache": "other" } })],
    ],
    [
      "J3 of a Pod without a node, which is gone as soon as somebody deletes it",
      aClaim(),
      [waiting],
    ],
    ["J5 of a Terminating Pod", aClaim(), [terminating]],
    [
      "of Pods of which one has no uid",
      aClaim(),
      [own, podOf(aClaim(), "web-2", { uid: null })],
    ],
    ["J13 that has no volume yet", aClaim({ bound: false }), [own]],
    ["J15 that is Terminating", aClaim({ deletedAt: NOW }), [own]],
    ["J19 that is not ours", aClaim({ labels: { managed: "no" } }), [own]],
    [
      "J19 that somebody else owns",
      aClaim({ ownerReferences: [foreign, ownedBy(gone)] }),
      [own],
    ],
    ["that no Pod names", owned(gone), []],
    [
      "that is held",
      aClaim({ annotations: { "volume-claim/hold": "true" } }),
      [own],
    ],
    [
      "that is retained",
      aClaim({ annotations: { "volume-claim-template/retention": "Retain" } }),
      [own],
    ],
  ];
  for (const [title, claim, pods] of unchanged)
    it(`leaves alone a claim ${title}`, () => {
      expect(changeOf(claim, pods)).to.equal(undefined);
    });

  const stays: Record<string, string>[] = [
    { "volume-claim/hold": "true" },
    { "volume-claim-template/retention": "Retain" },
    { "volume-claim-template/retention": "Reuse" },
    {
      "volume-claim-template/retention": "Retain",
      "volume-claim-template/idle-ttl": "7d",
    },
    { "volume-claim-template/idle-ttl": "7d" },
    { "volume-claim-template/finished-pods": "Forget" },
  ];
  for (const annotations of stays)
    it(`releases a claim that stays without its Pod, also when told not to adopt: ${JSON.stringify(annotations)}`, () => {
      // Only references of the kind that the janitor sets.
      const other: V1OwnerReference = {
        ...ownedBy(gone),
        blockOwnerDeletion: true,
      };
      const ownerReferences = [other, ownedBy(own)];
      const claim = aClaim({ annotations, ownerReferences });
      for (const adopt of [true, false])
        expect(changeOf(claim, [own], adopt)).to.deep.equal({
          change: "release",
          ownerReferences: [other],
        });
    });

  it("releases a claim that many Pods share", () => {
    expect(changeOf(owned(own), nine)).to.deep.equal({
      change: "release",
      ownerReferences: [],
    });
  });
});

describe("confirmedAdoption", () => {
  const restored = podOf(aClaim(), "restored");
  const again = podOf(aClaim(), "web-1", { uid: "another" });
  const nowTerminating = podOf(aClaim(), "web-1", { terminating: true });
  type Case = [
    title: string,
    first: V1Pod[],
    now: V1Pod[],
    owners?: V1Pod[],
    claim?: ReturnType<typeof aClaim>,
  ];
  const both = [own, restored];
  const swapped = [restored, own];
  const cases: Case[] = [
    ["adopts what two lists agree on, in any order", both, swapped, swapped],
    ["J1 leaves alone a claim whose Pod is gone", [own], []],
    [
      "J1 leaves alone a claim whose Pod gave way to another",
      [own],
      [restored],
    ],
    ["J1 leaves alone a claim whose Pod was created again", [own], [again]],
    ["J1 leaves alone a claim that one more Pod names now", [own], both],
    [
      "J5 leaves alone a claim whose Pod has become Terminating",
      [own],
      [nowTerminating],
    ],
    [
      "J6 adds a new Pod as owner where there is one already",
      [own],
      [restored],
      both,
      owned(own),
    ],
    ["does not release", both, nine, [], owned(own)],
  ];
  for (const [title, first, now, owners = [], claim = aClaim()] of cases)
    it(title, () => {
      const change = confirmedAdoption(
        claim,
        podsByClaim(first),
        podsByClaim(now),
      );
      expect(change?.ownerReferences).to.deep.equal(
        owners.length > 0 ? owners.map(ownedBy) : undefined,
      );
    });
});
