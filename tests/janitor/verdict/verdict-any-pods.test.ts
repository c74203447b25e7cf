import { expect } from "chai";
import fc from "fast-check";
import { aClaim, aPod } from "../objects.ts";
import { verdictOn } from "./verdict-cases.ts";

describe("verdict on any Pods", () => {
  it("J6 never deletes a claim that any Pod of the list names in any way", () => {
    const claimNames = fc.constantFrom(
      ...["a", "b", "c"].map((uid) => aClaim({ requestUid: uid }).name),
      "unrelated",
    );
    const volume = fc.oneof(
      fc.record({ name: fc.string(), emptyDir: fc.constant({}) }),
      fc
        .tuple(fc.string(), claimNames, fc.boolean())
        .map(([name, claimName, readOnly]) => ({
          name,
          persistentVolumeClaim: { claimName, readOnly },
        })),
    );
    const somePod = fc
      .record({
        volumes: fc.option(fc.array(volume, { maxLength: 4 }), {
          nil: undefined,
        }),
        // A Pod and its ephemeral volume whose names together are the claim's.
        split: fc.option(fc.tuple(claimNames, fc.nat({ max: 20 })), {
          nil: undefined,
        }),
        phase: fc.constantFrom(
          "Pending",
          "Running",
          "Succeeded",
          "Failed",
          "Unknown",
          "",
        ),
        scheduled: fc.boolean(),
        terminating: fc.boolean(),
        labels: fc.dictionary(fc.string(), fc.string()),
      })
      .map(({ volumes, split, phase, scheduled, terminating, labels }) => {
        const parts = split?.[0].split("-") ?? [];
        const at = 1 + ((split?.[1] ?? 0) % Math.max(1, parts.length - 1));
        const all = [
          ...(volumes ?? []),
          ...(parts.length > 1
            ? [{ name: parts.slice(at).join("-"), ephemeral: {} }]
            : []),
        ];
        const named = [
          ...(volumes ?? []).flatMap((one) =>
            "persistentVolumeClaim" in one
              ? one.persistentVolumeClaim.claimName
              : [],
          ),
          ...(split && parts.length > 1 ? [split[0]] : []),
        ];
        const pod = aPod(
          parts.length > 1 ? parts.slice(0, at).join("-") : "web",
          all,
          { phase, node: scheduled ? "n" : null, terminating, labels },
        );
        return { pod, named };
      });
    fc.assert(
      fc.property(
        fc.array(somePod, { maxLength: 6 }),
        fc.constantFrom("a", "b", "c"),
        (pods, requestUid) => {
          const claim = aClaim({ requestUid, createdAt: 0 });
          const isNamed = pods.some(({ named }) => named.includes(claim.name));
          const given = verdictOn(
            claim,
            pods.map(({ pod }) => pod),
          );
          expect(given.decision).to.equal(isNamed ? "keep" : "delete");
        },
      ),
      { numRuns: 500 },
    );
  });
});
