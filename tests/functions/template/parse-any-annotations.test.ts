import { expect } from "chai";
import fc from "fast-check";
import { stringify } from "yaml";
import { TEMPLATE_PREFIX } from "../../../functions/contract/keys.ts";
import { LIFE_CYCLE_KEYS } from "../../../functions/contract/life-cycle.ts";
import {
  describeErrors,
  fieldMessage,
} from "../../../functions/field/field-error.ts";
import { planClaims } from "../../../functions/pod/plan.ts";
import { SHORT_FORM_KEYS } from "../../../functions/template/short-form.ts";
import { aPod, prefixed } from "../../support/builders.ts";

/** What no message may have in it, in other words than those of the function. */
const UNPRINTABLE =
  /[^\P{White_Space} ]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{C}/u;

const request = { requestUid: "1", requestedAt: "", namespace: "shop" };

const hostile = fc.constantFrom(
  ..."\u00a0 \u200b \u202e \u001b[2J \u009b \ud800 \u{e0041} \n \ufeff { :".split(
    " ",
  ),
);
const text = fc
  .array(fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 3 })), {
    maxLength: 4,
  })
  .map((parts) => parts.join(""));
const sound = fc.constantFrom(
  ..."cache data 1Gi 500M 0 ReadWriteOnce ReadWriteMany,ReadOnlyMany Retain Reuse Release Wait 3 7d".split(
    " ",
  ),
);
const key = fc
  .constantFrom(...SHORT_FORM_KEYS, ...LIFE_CYCLE_KEYS)
  .map((name) => name.slice(TEMPLATE_PREFIX.length));
const field = fc.constantFrom(
  ..."metadata spec name labels annotations accessModes resources requests storage selector matchExpressions dataSource __proto__ constructor".split(
    " ",
  ),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<unknown>(null, 1, true),
    sound,
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(field, text), tie("value"), { maxKeys: 4 }),
  ),
}));
const fullForm = fc.oneof(
  text,
  value.map((one) => stringify(one) ?? ""),
  fc.array(value, { maxLength: 3 }).map((all) => JSON.stringify(all)),
);
/** With and without `Reuse`: most keys of a pool are wrong without it, whatever their values are. */
const shortForm = fc
  .tuple(
    fc.constantFrom({}, { retention: "Reuse", pool: "cache" }),
    fc.dictionary(fc.oneof(key, text), fc.oneof(sound, text), { maxKeys: 4 }),
  )
  .map(([life, keys]) => ({
    name: "cache",
    storage: "1Gi",
    ...life,
    ...keys,
  }));

describe("any annotations", function () {
  this.timeout(30_000);

  it("give a claim or messages that a terminal shows as they are", async () => {
    const kinds = { allow: 0, deny: 0, patch: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(shortForm, fc.record({ templates: fullForm })),
        fc.oneof(fc.constant(""), text),
        async (given, medium) => {
          const volumes = [{ name: "cache", emptyDir: { medium } }];
          const pod = aPod({ annotations: prefixed(given), volumes });
          const plan = await planClaims(pod, request, {
            claim: (_, name) => name,
            pool: () => "pool",
          });
          kinds[plan.kind] += 1;
          if (plan.kind === "patch") expect(plan.claims).not.to.be.empty;
          if (plan.kind !== "deny") return;
          expect(plan.errors).not.to.be.empty;
          expect(describeErrors(plan.errors)).not.to.match(UNPRINTABLE);
          for (const error of plan.errors) {
            const message = fieldMessage(error);
            expect(message).to.have.length.below(1_000);
            // The API server has checked the key of an annotation.
            expect(message.replace(String(error.path.at(-1)), "")).not.to.match(
              UNPRINTABLE,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(kinds.allow).to.equal(0);
    expect(kinds.deny).to.be.above(100);
    expect(kinds.patch).to.be.above(0);
  });
});
