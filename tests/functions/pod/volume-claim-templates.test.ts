import { expect } from "chai";
import fc from "fast-check";
import { parseTemplates } from "../../../functions/pod/volume-claim-templates.ts";
import { TEMPLATE_PREFIX } from "../../../functions/well-known.ts";
import { cacheAnnotations } from "../../support/builders.ts";

function parse(
  over: Record<string, string>,
): ReturnType<typeof parseTemplates> {
  const own = Object.fromEntries(
    Object.entries(over).map(([key, value]) => [TEMPLATE_PREFIX + key, value]),
  );
  return parseTemplates({ ...cacheAnnotations, ...own });
}

describe("parseTemplates", () => {
  it("is none without our annotations", () => {
    expect(parseTemplates(undefined)).to.deep.equal({ kind: "none" });
    expect(
      parseTemplates({
        "prometheus.io/scrape": "true",
        "volume-claim/name": "x",
      }),
    ).to.deep.equal({ kind: "none" });
  });

  it("reads name and storage and invents nothing but the access mode", () => {
    expect(parse({})).to.deep.equal({
      kind: "templates",
      templates: [
        {
          volume: "cache",
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
          lifeCycle: {},
        },
      ],
    });
  });

  it("reads every key of the short form", () => {
    expect(
      parse({
        "storage-class": "fast",
        "access-modes": "ReadWriteMany, ReadOnlyMany",
        retention: "Delete",
      }),
    ).to.deep.equal({
      kind: "templates",
      templates: [
        {
          volume: "cache",
          spec: {
            accessModes: ["ReadWriteMany", "ReadOnlyMany"],
            resources: { requests: { storage: "1Gi" } },
            storageClassName: "fast",
          },
          lifeCycle: { "volume-claim-template/retention": "Delete" },
        },
      ],
    });
  });

  it("keeps an empty storage class, which means no class", () => {
    const parsed = parse({ "storage-class": "" });
    expect(parsed).to.have.nested.property(
      "templates[0].spec.storageClassName",
      "",
    );
  });

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
    it(`W9: names key and value of ${name}`, () => {
      const parsed = parse({ [key]: value });
      expect(parsed.kind).to.equal("invalid");
      if (parsed.kind !== "invalid") return;
      expect(parsed.problems).to.have.lengthOf(1);
      expect(parsed.problems[0])
        .to.include(says)
        .and.to.include(`${TEMPLATE_PREFIX}${key}: ${JSON.stringify(value)}`);
    });
  }

  it("W9: finds all problems at once", () => {
    const parsed = parseTemplates({
      "volume-claim-template/storage": "0",
      "volume-claim-template/access-modes": "RWX",
      "volume-claim-template/size": "1Gi",
    });
    expect(parsed).to.have.property("kind", "invalid");
    expect(parsed).to.have.property("problems").with.lengthOf(4);
  });

  it("asks for the name when only another key is there", () => {
    const parsed = parseTemplates({ "volume-claim-template/storage": "1Gi" });
    expect(parsed).to.deep.equal({
      kind: "invalid",
      problems: [
        "annotation volume-claim-template/name is missing: it gives the name of the Pod volume that becomes a claim",
      ],
    });
  });

  it("cuts a value that would drown the message", () => {
    const parsed = parse({ storage: "9".repeat(5000) + "x" });
    expect(parsed)
      .to.have.nested.property("problems[0]")
      .with.length.below(300);
  });

  it("never throws, and every template it gives is sound", () => {
    const key = fc.oneof(
      fc.constantFrom(
        "name",
        "storage",
        "storage-class",
        "access-modes",
        "retention",
      ),
      fc.string(),
    );
    const value = fc.oneof(
      fc.constantFrom(
        "cache",
        "1Gi",
        "0",
        "",
        "ReadWriteOnce",
        "Delete",
        "ReadWriteMany,ReadWriteOnce",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value), (own) => {
        const parsed = parseTemplates(
          Object.fromEntries(
            Object.entries(own).map(([name, text]) => [
              TEMPLATE_PREFIX + name,
              text,
            ]),
          ),
        );
        if (Object.keys(own).length === 0) expect(parsed.kind).to.equal("none");
        if (parsed.kind === "invalid")
          expect(parsed.problems).not.to.have.lengthOf(0);
        if (parsed.kind === "templates") {
          expect(parsed.templates).to.have.lengthOf(1);
          expect(parsed.templates[0]?.volume).to.equal(own["name"]);
          expect(parsed.templates[0]?.spec.resources.requests.storage).to.equal(
            own["storage"],
          );
        }
      }),
    );
  });
});
