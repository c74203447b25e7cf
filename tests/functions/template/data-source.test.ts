import { expect } from "chai";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import { describeErrors } from "../../../functions/field/field-error.ts";
import { TEMPLATE_DATA_SOURCE } from "../../../functions/contract/keys.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";

/** The plan for a Pod whose volume starts from `source`. */
function planFor(source: string): ReturnType<typeof planPod> {
  const annotations = { ...cacheAnnotations, [TEMPLATE_DATA_SOURCE]: source };
  return planPod(aRequest(aPod({ annotations })));
}

describe("the annotation data-source", () => {
  const sound = [
    {
      text: "VolumeSnapshot/nightly-2026.01",
      source: { kind: "snapshot", name: "nightly-2026.01" },
      reference: {
        apiGroup: "snapshot.storage.k8s.io",
        kind: "VolumeSnapshot",
        name: "nightly-2026.01",
      },
    },
    {
      text: "PersistentVolumeClaim/seed",
      source: { kind: "claim", name: "seed" },
      reference: { kind: "PersistentVolumeClaim", name: "seed" },
    },
    {
      text: "VolumeSnapshot?example.com/app=orders,tier in (nightly, weekly)",
      source: {
        kind: "newest-snapshot",
        selector: "example.com/app=orders,tier in (nightly, weekly)",
      },
      reference: undefined,
    },
  ];
  for (const { text, source, reference } of sound)
    it(`is read: ${text}`, async () => {
      const plan = await planFor(text);
      if (plan.kind !== "patch") throw new Error(`the plan is ${plan.kind}`);
      const [claim, ...more] = plan.claims;
      expect(more).to.deep.equal([]);
      expect(claim?.manifest.spec.dataSource).to.deep.equal(reference);
      expect(claim?.source).to.deep.equal({ text, ...source });
    });

  it("asks for nothing to be looked up where it is not given", async () => {
    const plan = await planPod(aRequest(aPod()));
    if (plan.kind !== "patch") throw new Error(`the plan is ${plan.kind}`);
    expect(plan.claims).to.have.lengthOf(1);
    expect(plan.claims[0]).not.to.have.property("source");
    expect(plan.claims[0]?.manifest.spec).not.to.have.property("dataSource");
  });

  const SOURCE =
    "is not a source; write it like VolumeSnapshot/nightly, PersistentVolumeClaim/seed or VolumeSnapshot?app=orders";
  const GROUP =
    "names an API group; leave it out: a VolumeSnapshot is always of snapshot.storage.k8s.io, and a PersistentVolumeClaim is in no group";
  const SELECTOR =
    "has no label selector after the question mark; write it like VolumeSnapshot?app=orders,tier in (nightly, weekly)";
  const NAME =
    "does not end in the name of an object: use lower-case letters, digits, dashes and dots";
  const wrong: { name: string; text: string; says: string }[] = [
    { name: "nothing", text: "", says: SOURCE },
    { name: "a name without a kind", text: "nightly", says: SOURCE },
    { name: "a kind without a name", text: "VolumeSnapshot", says: SOURCE },
    { name: "a colon", text: "VolumeSnapshot:nightly", says: SOURCE },
    {
      name: "another kind",
      text: "Backup/nightly",
      says: 'has the unknown kind "Backup"; known are VolumeSnapshot, PersistentVolumeClaim',
    },
    {
      name: "a kind in lower case",
      text: "volumesnapshot?app=orders",
      says: 'has the unknown kind "volumesnapshot"; known are VolumeSnapshot, PersistentVolumeClaim',
    },
    {
      name: "a version",
      text: "v1/PersistentVolumeClaim/seed",
      says: 'has the unknown kind "v1"; known are VolumeSnapshot, PersistentVolumeClaim',
    },
    {
      name: "the right API group",
      text: "snapshot.storage.k8s.io/VolumeSnapshot/nightly",
      says: GROUP,
    },
    {
      name: "a wrong API group",
      text: "groupsnapshot.storage.k8s.io/VolumeGroupSnapshot/nightly",
      says: GROUP,
    },
    {
      name: "a group after the kind",
      text: "VolumeSnapshot.snapshot.storage.k8s.io/nightly",
      says: GROUP,
    },
    {
      name: "another namespace",
      text: "VolumeSnapshot/production/nightly",
      says: "names a namespace; a source is always in the Pod's own: write VolumeSnapshot/ and its name",
    },
    {
      name: "another namespace for a claim",
      text: "PersistentVolumeClaim/production/seed",
      says: "names a namespace; a source is always in the Pod's own: write PersistentVolumeClaim/ and its name",
    },
    { name: "an empty name", text: "VolumeSnapshot/", says: NAME },
    {
      name: "a name in upper case",
      text: "PersistentVolumeClaim/Seed",
      says: NAME,
    },
    {
      name: "a selector in place of a name",
      text: "VolumeSnapshot/app=orders",
      says: NAME,
    },
    {
      name: "a name of 254 characters",
      text: `VolumeSnapshot/${"n".repeat(254)}`,
      says: NAME,
    },
    { name: "an empty selector", text: "VolumeSnapshot?", says: SELECTOR },
    { name: "a blank selector", text: "VolumeSnapshot? ", says: SELECTOR },
    {
      name: "a selector that is none",
      text: "VolumeSnapshot?app=orders tier=nightly",
      says: SELECTOR,
    },
    {
      name: "a selector for claims",
      text: "PersistentVolumeClaim?app=orders",
      says: "chooses a PersistentVolumeClaim by labels, and only a VolumeSnapshot can be chosen so; write PersistentVolumeClaim/ and its name",
    },
  ];
  for (const { name, text, says } of wrong)
    it(`W9: refuses ${name}`, async () => {
      const plan = await planFor(text);
      if (plan.kind !== "deny") throw new Error(`the plan is ${plan.kind}`);
      const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
      expect(describeErrors(plan.errors)).to.equal(
        `annotation volume-claim-template/data-source: ${JSON.stringify(shown)} ${says}`,
      );
    });
});
