import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { confirmedAdoption } from "../../../janitor/verdict/owner-references.ts";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import { aClaim, ownedBy, podOf } from "../objects.ts";

describe("confirmedAdoption", () => {
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
      name: "adopts what two lists agree on",
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
      const change = confirmedAdoption(
        judged,
        podsByClaim(first),
        podsByClaim(now),
      );
      expect(change?.ownerReferences).to.deep.equal(owners?.map(ownedBy));
    });
});
