import { expect } from "chai";
import fc from "fast-check";
import { prefixed } from "../../support/builders.ts";
import { parsed } from "./parsed-annotations.ts";

describe("parseTemplates on any annotations", () => {
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
    // Any text in any key is hardly ever sound.
    const soundValues: fc.Arbitrary<Record<string, string>> = fc.record(
      {
        name: fc.constantFrom("cache", "data"),
        storage: fc.constantFrom("1Gi", "500M", "1e9"),
        "storage-class": fc.constantFrom("", "fast"),
        "access-modes": fc.constantFrom(
          "ReadWriteOncePod",
          "ReadWriteMany,ReadWriteOnce",
        ),
        retention: fc.constantFrom("Delete", "Retain"),
        "idle-ttl": fc.constantFrom("7d", "36h"),
        "finished-pods": fc.constant("Release"),
      },
      { requiredKeys: ["name", "storage"] },
    );
    const drawn = fc.oneof(fc.dictionary(key, value), soundValues);
    let sound = 0;
    await fc.assert(
      fc.asyncProperty(drawn, async (own) => {
        const outcome = await parsed(prefixed(own));
        if (Object.keys(own).length === 0)
          expect(outcome.kind).to.equal("none");
        if (outcome.kind === "invalid")
          expect(outcome.errors).not.to.have.lengthOf(0);
        if (outcome.kind === "templates") {
          sound += 1;
          expect(outcome.templates).to.have.lengthOf(1);
          const [template] = outcome.templates;
          expect(template?.volume).to.equal(own["name"] ?? "cache");
          expect(template?.spec.resources.requests.storage).to.equal(
            own["storage"] ?? "1Gi",
          );
        }
      }),
    );
    expect(sound).to.be.above(0);
  });
});
