import { expect } from "chai";
import {
  REQUESTED_AT_ANNOTATION as REQUESTED_AT,
  TEMPLATE_IDLE_TTL as IDLE_TTL,
  TEMPLATE_RETENTION as RETENTION,
  UNUSED_SINCE_ANNOTATION as UNUSED_SINCE,
  USED_AS_ANNOTATION as USED_AS,
} from "../../functions/contract/keys.ts";
import { annotate, own } from "./claims.ts";
import type { ClaimOver } from "./claims.ts";
import { fenceSuite, itIsFenced } from "./fence-suite.ts";

const aPod = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
const agoOf = (seconds: number): string =>
  new Date(Date.now() - 1_000 * seconds).toISOString();

const RETAINED = { [RETENTION]: "Retain" };
const WEEK = { ...RETAINED, [IDLE_TTL]: "7d" };
const RESTORED = { [REQUESTED_AT]: agoOf(3_600) };
const HELD = { annotations: { "volume-claim/hold": "true" } };
const HELD_BY_LABEL = { labels: { "volume-claim/hold": "yes" } };

const NOT_SEEN = "this claim was restored or copied";
const IS_HELD = "this claim is held";

describe("the policy about the janitor", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  itIsFenced(fence, "janitor");

  it("rejects that it deletes a claim without naming the version", async () => {
    const claim = await fence.made();
    for (const by of [[], ["uid"], ["resourceVersion"]] as const)
      expect(await fence.janitor.remove(claim, by)).to.include(
        "only the very version of a claim that it looked at",
      );
  });

  describe("with the marks that the janitor writes itself", () => {
    it("allows to delete a restored claim, or to make a Pod its owner, only after it says that it saw its Pod", async () => {
      const claim = await fence.made({ annotations: RESTORED });
      expect(await fence.janitor.remove(claim)).to.include(NOT_SEEN);
      expect(await fence.janitor.patch(claim, own(aPod))).to.include(
        "may not give an owner to a claim that was restored or copied",
      );
      const { metadata } = await fence.admin.get(claim);
      expect(await fence.janitor.patch(claim, seen("another"))).to.include(
        "only a claim's own uid",
      );
      expect(await fence.janitor.patch(claim, seen(metadata?.uid))).to.equal(
        "allowed",
      );
      await fence.admin.patch(claim, seen(metadata?.uid));
      expect(await fence.janitor.remove(claim)).to.equal("allowed");
      expect(await fence.janitor.patch(claim, own(aPod))).to.equal("allowed");
    });

    // A policy has no clock. So a person who has the janitor's token can do this.
    const pairs: readonly [title: string, over: ClaimOver, says?: string][] = [
      ["a restored claim", { annotations: RESTORED }],
      ["a claim to retain for a week, on its first day", { annotations: WEEK }],
      ["a claim to retain", { annotations: RETAINED }, "only claims whose"],
      [
        "a restored claim that is held",
        { annotations: { ...RESTORED, ...HELD.annotations } },
        IS_HELD,
      ],
      [
        "a claim to retain for a week that is held by a label",
        { ...HELD_BY_LABEL, annotations: WEEK },
        IS_HELD,
      ],
    ];
    for (const [title, over, says = "allowed"] of pairs)
      it(`${says === "allowed" ? "allows" : "rejects"} that its token deletes ${title} by one more request`, async () => {
        const claim = await fence.made(over);
        expect(await fence.janitor.remove(claim)).not.to.equal("allowed");
        const { metadata } = await fence.admin.get(claim);
        const marks = annotate({
          [USED_AS]: metadata?.uid ?? "",
          [UNUSED_SINCE]: agoOf(30 * 86_400),
        });
        expect(await fence.janitor.patch(claim, marks)).to.equal("allowed");
        await fence.admin.patch(claim, marks);
        expect(await fence.janitor.remove(claim)).to.include(says);
      });
  });

  it("allows that it makes a Pod the owner", async () => {
    const claim = await fence.made();
    expect(await fence.janitor.patch(claim, own(aPod))).to.equal("allowed");
  });

  const outliving: Record<string, ClaimOver> = {
    "held by an annotation": HELD,
    "held by a label": HELD_BY_LABEL,
    "to retain": { annotations: RETAINED },
    "to retain for a time": { annotations: WEEK },
    "whose retention contradicts its idle-ttl": {
      annotations: { [IDLE_TTL]: "36h" },
    },
  };
  for (const [title, over] of Object.entries(outliving))
    it(`rejects that it gives an owner to a claim ${title}, and allows that it removes one`, async () => {
      const claim = await fence.made({ ...over, ownerReferences: [aPod] });
      expect(
        await fence.janitor.patch(claim, own(aPod, { ...aPod, uid: "2" })),
      ).to.include("may not give an owner to a claim that is held");
      expect(await fence.janitor.patch(claim, own())).to.equal("allowed");
    });

  it("rejects that it changes a claim of another manager", async () => {
    const claim = await fence.made({ drop: "managed" });
    expect(await fence.janitor.patch(claim, own())).to.include(
      "may touch only claims that the function made",
    );
  });
});

/** The mark that the janitor has seen a Pod of the claim with this uid. */
function seen(uid = ""): object {
  return annotate({ [USED_AS]: uid });
}
