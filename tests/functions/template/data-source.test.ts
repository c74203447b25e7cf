import { expect } from "chai";
import { TEMPLATE_DATA_SOURCE } from "../../../functions/contract/keys.ts";
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
});
