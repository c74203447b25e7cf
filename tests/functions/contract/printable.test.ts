import { expect } from "chai";
import fc from "fast-check";
import type { V1Pod } from "@kubernetes/client-node";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import {
  describeErrors,
  fieldMessage,
} from "../../../functions/field/field-error.ts";
import { aPod, aRequest, prefixed } from "../../support/builders.ts";

/** What a message must not hold, said in other words than the function's own. */
const UNPRINTABLE =
  /[^\P{White_Space} ]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{C}/u;

describe("messages about any Pod", function () {
  // A thousand Pods, on a machine that may have other work.
  this.timeout(30_000);

  it("hold only characters that a terminal shows as they are", async () => {
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            "10Gi",
            "\u00a0",
            "\u200b",
            "\u202e",
            "\u001b[2J",
            "\u009b",
            "\ud800",
            "\u{e0041}",
            "\n",
            "\ufeff",
            "{",
            ": ",
          ),
          fc.string({ unit: "binary", maxLength: 3 }),
        ),
        { maxLength: 6 },
      )
      .map((parts) => parts.join(""));
    const fullForm = fc
      .record(
        {
          metadata: fc.record(
            {
              name: fc.oneof(fc.constant("cache"), text),
              labels: fc.dictionary(text, text, { maxKeys: 2 }),
              annotations: fc.dictionary(text, text, { maxKeys: 2 }),
            },
            { requiredKeys: [] },
          ),
          spec: fc.dictionary(
            fc.oneof(
              fc.constantFrom("accessModes", "storageClassName", "resources"),
              text,
            ),
            fc.oneof(text, fc.array(text, { maxLength: 2 })),
            { maxKeys: 4 },
          ),
        },
        { requiredKeys: [] },
      )
      .map((template) => JSON.stringify([template]));
    const annotations = fc.dictionary(
      fc.oneof(
        fc.constantFrom("name", "storage", "access-modes", "data-source"),
        fc.constantFrom("retention", "idle-ttl", "storage-class"),
        text,
      ),
      text,
      { minKeys: 1, maxKeys: 4 },
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          annotations,
          fc.record({ templates: fc.oneof(text, fullForm) }),
        ),
        text,
        async (given, medium) => {
          const pod: V1Pod = aPod({
            annotations: prefixed(given),
            volumes: [{ name: "cache", emptyDir: { medium } }],
          });
          const plan = await planPod(aRequest(pod));
          if (plan.kind !== "deny") return;
          refused += 1;
          expect(describeErrors(plan.errors)).not.to.match(UNPRINTABLE);
          // All but a key of an annotation, which the API server has checked already, is escaped where it is put in.
          for (const error of plan.errors)
            expect(
              fieldMessage(error).replace(String(error.path.at(-1)), ""),
            ).not.to.match(UNPRINTABLE);
        },
      ),
      { numRuns: 1_000 },
    );
    expect(refused).to.be.above(500);
  });
});
