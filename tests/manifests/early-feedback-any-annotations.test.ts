import { expect } from "chai";
import fc from "fast-check";
import { installedCluster } from "./installed-cluster.ts";
import type { InstalledCluster } from "./installed-cluster.ts";
import { functionSays, policySays } from "./template-policy.ts";
import { onlyAnnotations } from "./workloads.ts";

/** Any of the texts, up to `maxLength` of them, one after the other. */
const joined = (
  texts: readonly string[],
  maxLength: number,
): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...texts), { maxLength })
    .map((parts) => parts.join(""));

const value = fc.oneof(
  fc.string({ maxLength: 120 }),
  // The API server stores no lone surrogates. Node and the Go of the API server know different versions of Unicode: no unassigned
  // characters, and none that came with Unicode 15.1.
  fc
    .string({ unit: "grapheme", maxLength: 120 })
    .filter(
      (text) => !/\p{Cn}|[\u2FFC-\u2FFF\u31EF\u{2EBF0}-\u{2EE5D}]/u.test(text),
    ),
  joined(
    [
      ...'\u00a0\u200b\u202e\ufeff\u0085\u0007\u000b\t \\"\u{e0041}é🚀',
      "10Gi",
      "{{ .x }}",
      "<x>",
      "$(x)",
    ],
    40,
  ),
  fc.constantFrom(
    "",
    "cache",
    "1Gi",
    "0",
    "Delete",
    "ReadWriteOnce",
    " ReadWriteOnce ,ReadWriteMany",
  ),
  fc.stringMatching(/^[+-]?\d{0,3}\.?\d{0,3}([eE][+-]?\d)?([numkMGTPE]i?)?$/),
  fc.stringMatching(/^[a-z0-9.-]{0,66}$/),
);

const selector = joined(
  ["app", "a.b/tier", "in", "notin", " in (", "==", "!=", ..."7-é \t=!,()<>"],
  8,
);

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

const count = fc.oneof(fc.stringMatching(/^-?\d{0,11}$/), value);

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
    "on-miss": fc.oneof(fc.constantFrom("Create", "Wait"), value),
    pool: value,
    "reuse-key": value,
    "max-idle": count,
    "max-sets": count,
    "max-uses": count,
    "max-age": fc.oneof(fc.constant("30d"), value),
    other: value,
  },
  { requiredKeys: [] },
);

describe("early feedback on any annotations", function () {
  this.timeout(60_000);
  let cluster: InstalledCluster;

  before(async function () {
    cluster = await installedCluster(this);
  });

  it("says the same as the function", async () => {
    await fc.assert(
      fc.asyncProperty(annotations, async (given) => {
        // Go reads "." and "E0" as zero, and the function rejects them as no quantity: both reject, in different words.
        fc.pre(/^[+-]?\.?\d/.test(given.storage ?? "1Gi"));
        const template = onlyAnnotations(given);
        expect(await policySays(cluster, "ReplicaSet", template)).to.equal(
          await functionSays(template),
        );
      }),
      { numRuns: 300 },
    );
  });
});
