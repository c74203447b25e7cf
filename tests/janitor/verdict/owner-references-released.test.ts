import { aClaim, ownedBy, podOf } from "../objects.ts";
import { gone, itChangesOwners, own } from "./owner-reference-cases.ts";

describe("ownerReferenceChange of a claim that no Pod may own", () => {
  const held = { "volume-claim/hold": "true" };
  const retain = { "volume-claim-template/retention": "Retain" };

  itChangesOwners([
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
      name: "releases a claim that many Pods share",
      claim: aClaim({ ownerReferences: [ownedBy(own)] }),
      pods: Array.from({ length: 9 }, (_, index) =>
        podOf(aClaim(), `web-${index}`),
      ),
      change: { change: "release", ownerReferences: [] },
    },
  ]);
});
