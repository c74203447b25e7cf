import { expect } from "chai";
import fc from "fast-check";
import { installedCluster } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { functionSays, policySays } from "./template-policy.ts";
import { onlyAnnotations } from "./workloads.ts";

describe("early feedback on any annotations", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  it("says the same as the function of any annotations", async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 120 }),
      // The API server stores no lone surrogates. The Unicode of the two sides is not of one year: no unassigned characters, and none
      // that came with Unicode 15.1, which Node knows and the API server's Go does not.
      fc
        .string({ unit: "grapheme", maxLength: 120 })
        .filter(
          (text) =>
            !/\p{Cn}|[\u2FFC-\u2FFF\u31EF\u{2EBF0}-\u{2EE5D}]/u.test(text),
        ),
      fc
        .array(
          fc.constantFrom(
            "10Gi",
            " ",
            "\u00a0",
            "\u200b",
            "\u202e",
            "\ufeff",
            "\u0085",
            "\u0007",
            "\u000b",
            "\t",
            "\u{e0041}",
            "{{ .x }}",
            "<x>",
            "$(x)",
            "\\",
            '"',
            "é",
            "🚀",
          ),
          { maxLength: 40 },
        )
        .map((parts) => parts.join("")),
      fc.constantFrom(
        "",
        "cache",
        "1Gi",
        "0",
        "Delete",
        "ReadWriteOnce",
        " ReadWriteOnce ,ReadWriteMany",
      ),
      fc.stringMatching(
        /^[+-]?\d{0,3}\.?\d{0,3}([eE][+-]?\d)?([numkMGTPE]i?)?$/,
      ),
      fc.stringMatching(/^[a-z0-9.-]{0,66}$/),
    );
    const selector = fc
      .array(
        fc.constantFrom(
          "app",
          "a.b/tier",
          "in",
          "notin",
          "7",
          "-",
          "é",
          " ",
          "\t",
          " in (",
          "=",
          "==",
          "!=",
          "!",
          ",",
          "(",
          ")",
          "<",
          ">",
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(""));
    const source = fc.oneof(
      value,
      fc
        .tuple(
          fc.constantFrom("VolumeSnapshot", "PersistentVolumeClaim", "a.b", ""),
          fc.constantFrom("?", "?", "?app=orders,", "/", "//", ""),
          fc.oneof(selector, value),
        )
        .map((parts) => parts.join("")),
    );
    const annotations = fc.record(
      {
        name: fc.oneof(fc.constant("cache"), value),
        storage: fc.oneof(fc.constant("1Gi"), value),
        "storage-class": value,
        "access-modes": value,
        "data-source": source,
        retention: fc.oneof(fc.constantFrom("Retain", "Reuse"), value),
        "idle-ttl": fc.oneof(
          fc.stringMatching(/^\d{0,3}(\.\d)?(ms|[smhdw])?\d?h?$/),
          value,
        ),
        "finished-pods": fc.oneof(fc.constantFrom("Keep", "Release"), value),
        other: value,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(annotations, async (given) => {
        // Go's parser takes "." and "E0" for zero, ours for no quantity: refused both ways, in other words.
        fc.pre(/^[+-]?\.?\d/.test(given.storage ?? "1Gi"));
        const template = onlyAnnotations(given);
        expect(await policySays(cluster, "Deployment", template)).to.equal(
          await functionSays(template),
        );
      }),
      { numRuns: 300 },
    );
  });
});
