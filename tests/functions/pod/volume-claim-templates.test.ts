import { expect } from "chai";
import fc from "fast-check";
import { parseTemplates } from "../../../functions/pod/volume-claim-templates.ts";
import { TEMPLATE_PREFIX } from "../../../functions/well-known.ts";
import { cacheAnnotations } from "../../support/builders.ts";

type Parsed =
  | Exclude<Awaited<ReturnType<typeof parseTemplates>>, { kind: "invalid" }>
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

function parse(over: Record<string, string>): Promise<Parsed> {
  const own = Object.fromEntries(
    Object.entries(over).map(([key, value]) => [TEMPLATE_PREFIX + key, value]),
  );
  return parsed({ ...cacheAnnotations, ...own });
}

/** What was parsed, with the problems as they are read. */
async function parsed(
  annotations: Parameters<typeof parseTemplates>[0],
): Promise<Parsed> {
  const outcome = await parseTemplates(annotations);
  return outcome.kind === "invalid"
    ? {
        kind: "invalid",
        problems: outcome.problems.map(({ message }) => message),
      }
    : outcome;
}

describe("parseTemplates", () => {
  it("is none without our annotations", async () => {
    expect(await parsed(undefined)).to.deep.equal({ kind: "none" });
    expect(
      await parsed({
        "prometheus.io/scrape": "true",
        "volume-claim/name": "x",
      }),
    ).to.deep.equal({ kind: "none" });
  });

  it("reads name and storage and invents nothing but the access mode", async () => {
    expect(await parse({})).to.deep.equal({
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

  it("reads every key of the short form", async () => {
    expect(
      await parse({
        "storage-class": "fast",
        "access-modes": "ReadWriteMany, ReadOnlyMany",
        retention: "Retain",
        "idle-ttl": "36h",
        "finished-pods": "Release",
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
          lifeCycle: {
            "volume-claim-template/retention": "Retain",
            "volume-claim-template/idle-ttl": "36h",
            "volume-claim-template/finished-pods": "Release",
          },
        },
      ],
    });
  });

  it("keeps an empty storage class, which means no class", async () => {
    const outcome = await parse({ "storage-class": "" });
    expect(outcome).to.have.nested.property(
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
    it(`W9: names key and value of ${name}`, async () => {
      const outcome = await parse({ [key]: value });
      expect(outcome.kind).to.equal("invalid");
      if (outcome.kind !== "invalid") return;
      expect(outcome.problems).to.have.lengthOf(1);
      expect(outcome.problems[0])
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
    expect(outcome).to.have.property("problems").with.lengthOf(4);
  });

  it("asks for the name when only another key is there", async () => {
    const outcome = await parsed({ "volume-claim-template/storage": "1Gi" });
    expect(outcome).to.deep.equal({
      kind: "invalid",
      problems: [
        "annotation volume-claim-template/name is missing: it gives the name of the Pod volume that becomes a claim",
      ],
    });
  });

  it("cuts a value that would drown the message", async () => {
    const outcome = await parse({ storage: "9".repeat(5000) + "x" });
    expect(outcome)
      .to.have.nested.property("problems[0]")
      .with.length.below(300);
  });

  it("never throws, and every template it gives is sound", async () => {
    const key = fc.oneof(
      fc.constantFrom(
        "name",
        "storage",
        "storage-class",
        "access-modes",
        "retention",
        "idle-ttl",
        "finished-pods",
        "templates",
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
        "Retain",
        "Release",
        "7d",
        "ReadWriteMany,ReadWriteOnce",
        "- {metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
      ),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value), async (own) => {
        const outcome = await parsed(
          Object.fromEntries(
            Object.entries(own).map(([name, text]) => [
              TEMPLATE_PREFIX + name,
              text,
            ]),
          ),
        );
        if (Object.keys(own).length === 0)
          expect(outcome.kind).to.equal("none");
        if (outcome.kind === "invalid")
          expect(outcome.problems).not.to.have.lengthOf(0);
        if (outcome.kind === "templates") {
          expect(outcome.templates).to.have.lengthOf(1);
          const [template] = outcome.templates;
          expect(template?.volume).to.equal(own["name"] ?? "cache");
          expect(template?.spec.resources.requests.storage).to.equal(
            own["storage"] ?? "1Gi",
          );
        }
      }),
    );
  });
});
