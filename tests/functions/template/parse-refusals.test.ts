import { expect } from "chai";
import { TEMPLATE_PREFIX } from "../../../functions/contract/keys.ts";
import { parsed, parsedWith } from "./parsed-annotations.ts";

describe("parseTemplates on annotations that it refuses", () => {
  const wrong = [
    {
      name: "no unit Kubernetes knows",
      key: "storage",
      value: "10GB",
      says: "is not a Kubernetes quantity",
    },
    {
      name: "an empty size",
      key: "storage",
      value: "",
      says: "is not a Kubernetes quantity",
    },
    {
      name: "a zero size",
      key: "storage",
      value: "0",
      says: "must be greater than zero",
    },
    {
      name: "a zero size with unit",
      key: "storage",
      value: "0Gi",
      says: "must be greater than zero",
    },
    {
      name: "a negative size",
      key: "storage",
      value: "-1Gi",
      says: "must be greater than zero",
    },
    {
      name: "an upper-case volume",
      key: "name",
      value: "Cache",
      says: "is not a volume name",
    },
    {
      name: "an empty volume",
      key: "name",
      value: "",
      says: "is not a volume name",
    },
    {
      name: "a volume of 64 characters",
      key: "name",
      value: "v".repeat(64),
      says: "is not a volume name",
    },
    {
      name: "a class with blanks",
      key: "storage-class",
      value: "my class",
      says: "is not the name of a storage class",
    },
    {
      name: "an unknown mode",
      key: "access-modes",
      value: "ReadWriteSometimes",
      says: 'unknown mode "ReadWriteSometimes"',
    },
    {
      name: "an abbreviated mode",
      key: "access-modes",
      value: "RWO",
      says: 'unknown mode "RWO"',
    },
    {
      name: "no mode at all",
      key: "access-modes",
      value: "",
      says: 'unknown mode ""',
    },
    {
      name: "a mode twice",
      key: "access-modes",
      value: "ReadWriteOnce,ReadWriteOnce",
      says: "names a mode twice",
    },
    {
      name: "ReadWriteOncePod with another",
      key: "access-modes",
      value: "ReadWriteOncePod,ReadWriteOnce",
      says: "contradicts itself",
    },
    {
      name: "a retention to come",
      key: "retention",
      value: "Reuse",
      says: "is not supported",
    },
    {
      name: "a retention in lower case",
      key: "retention",
      value: "delete",
      says: "is not supported",
    },
    {
      name: "an unknown key",
      key: "storageClass",
      value: "fast",
      says: "unknown key",
    },
    { name: "an empty key", key: "", value: "x", says: "unknown key" },
  ];
  for (const { name, key, value, says } of wrong) {
    it(`W9: names key and value of ${name}`, async () => {
      const outcome = await parsedWith({ [key]: value });
      expect(outcome.kind).to.equal("invalid");
      if (outcome.kind !== "invalid") return;
      expect(outcome.errors).to.have.lengthOf(1);
      expect(outcome.errors[0])
        .to.include(says)
        .and.to.include(`${TEMPLATE_PREFIX}${key}: ${JSON.stringify(value)}`);
    });
  }

  it("W9: finds all problems at once", async () => {
    const outcome = await parsed({
      "volume-claim-template/storage": "0",
      "volume-claim-template/access-modes": "RWX",
      "volume-claim-template/size": "1Gi",
    });
    expect(outcome).to.have.property("kind", "invalid");
    expect(outcome).to.have.property("errors").with.lengthOf(4);
  });

  it("asks for the name when only another key is there", async () => {
    const outcome = await parsed({ "volume-claim-template/storage": "1Gi" });
    expect(outcome).to.deep.equal({
      kind: "invalid",
      errors: [
        "annotation volume-claim-template/name is missing: it gives the name of the Pod volume that becomes a claim",
      ],
    });
  });

  it("cuts a value that would drown the message", async () => {
    const outcome = await parsedWith({ storage: "9".repeat(5000) + "x" });
    expect(outcome).to.have.nested.property("errors[0]").with.length.below(300);
  });
});
