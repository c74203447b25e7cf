import { expect } from "chai";
import { TEMPLATE_DATA_SOURCE } from "../../../functions/contract/keys.ts";
import { describeErrors } from "../../../functions/field/field-error.ts";
import { planClaims } from "../../../functions/pod/plan.ts";
import { aPod, cacheAnnotations } from "../../support/builders.ts";

/** The plan for a Pod whose volume starts from `source`, if one is given. */
function planFor(source?: string): ReturnType<typeof planClaims> {
  const annotations = {
    ...cacheAnnotations,
    ...(source !== undefined && { [TEMPLATE_DATA_SOURCE]: source }),
  };
  return planClaims(
    aPod({ annotations }),
    { requestUid: "1", requestedAt: "", namespace: "shop" },
    { claim: () => "claim", pool: () => "pool" },
  );
}

function unknownKind(name: string): string {
  return `has the unknown kind "${name}"; known are VolumeSnapshot, PersistentVolumeClaim`;
}

describe("the annotation data-source", () => {
  const apiGroup = "snapshot.storage.k8s.io";
  const selector = "example.com/app=orders,tier in (nightly, weekly)";
  const sound: [text: string | undefined, source?: object, spec?: object][] = [
    [undefined],
    [
      "VolumeSnapshot/nightly-2026.01",
      { kind: "snapshot", name: "nightly-2026.01" },
      { apiGroup, kind: "VolumeSnapshot", name: "nightly-2026.01" },
    ],
    [
      "PersistentVolumeClaim/seed",
      { kind: "claim", name: "seed" },
      { kind: "PersistentVolumeClaim", name: "seed" },
    ],
    [`VolumeSnapshot?${selector}`, { kind: "newest-snapshot", selector }],
  ];
  for (const [text, source, dataSource] of sound)
    it(`gives a claim its source: ${text}`, async () => {
      const plan = await planFor(text);
      if (plan.kind !== "patch") throw new Error(plan.kind);
      const [claim, ...more] = plan.claims;
      expect(more).to.deep.equal([]);
      expect(claim?.manifest.spec.dataSource).to.deep.equal(dataSource);
      expect(claim?.source).to.deep.equal(source && { text, ...source });
    });

  const SOURCE =
    "is not a source; write it like VolumeSnapshot/nightly, PersistentVolumeClaim/seed or VolumeSnapshot?app=orders";
  const GROUP =
    "names an API group; leave it out: a VolumeSnapshot is always of snapshot.storage.k8s.io, and a PersistentVolumeClaim is in no group";
  const SELECTOR =
    "has no label selector after the question mark; write it like VolumeSnapshot?app=orders,tier in (nightly, weekly)";
  const NAME =
    "does not end in the name of an object: use lower-case letters, digits, dashes and dots";
  const wrong: [text: string, says: string][] = [
    ["", SOURCE],
    ["nightly", SOURCE],
    ["VolumeSnapshot:nightly", SOURCE],
    ["Backup/nightly", unknownKind("Backup")],
    ["v1/PersistentVolumeClaim/seed", unknownKind("v1")],
    ["snapshot.storage.k8s.io/VolumeSnapshot/nightly", GROUP],
    ["VolumeSnapshot.snapshot.storage.k8s.io/nightly", GROUP],
    [
      "VolumeSnapshot/production/nightly",
      "names a namespace; a source is always in the namespace of the Pod: write VolumeSnapshot/ and its name",
    ],
    ["VolumeSnapshot/", NAME],
    ["PersistentVolumeClaim/Seed", NAME],
    ["VolumeSnapshot/app=orders", NAME],
    [`VolumeSnapshot/${"n".repeat(254)}`, NAME],
    ["VolumeSnapshot?", SELECTOR],
    ["VolumeSnapshot? ", SELECTOR],
    ["VolumeSnapshot?app=orders tier=nightly", SELECTOR],
    [
      "PersistentVolumeClaim?app=orders",
      "chooses a PersistentVolumeClaim by labels, and labels work only for a VolumeSnapshot; write PersistentVolumeClaim/ and its name",
    ],
  ];
  for (const [text, says] of wrong)
    it(`W9: rejects ${JSON.stringify(text).slice(0, 60)}`, async () => {
      const plan = await planFor(text);
      if (plan.kind !== "deny") throw new Error(plan.kind);
      const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
      expect(describeErrors(plan.errors)).to.equal(
        `annotation volume-claim-template/data-source: ${JSON.stringify(shown)} ${says}`,
      );
    });
});
