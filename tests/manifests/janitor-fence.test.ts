import { expect } from "chai";
import {
  REQUESTED_AT_ANNOTATION as REQUESTED_AT,
  TEMPLATE_IDLE_TTL as IDLE_TTL,
  TEMPLATE_RETENTION as RETENTION,
  UNUSED_SINCE_ANNOTATION as UNUSED_SINCE,
  USED_AS_ANNOTATION as USED_AS,
} from "../../functions/contract/keys.ts";
import { aClaim, annotate, label, own } from "./claims.ts";
import type { ClaimOver } from "./claims.ts";
import { fenceSuite } from "./fence-suite.ts";
import { succeed } from "./installed-cluster.ts";

const aPod = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
const agoOf = (seconds: number): string =>
  new Date(Date.now() - 1_000 * seconds).toISOString();

const MARKED = { [UNUSED_SINCE]: "2026-01-01T00:00:00Z" };
const RETAINED = { [RETENTION]: "Retain" };
const RESTORED = { [REQUESTED_AT]: agoOf(3_600) };
const HELD = { annotations: { "volume-claim/hold": "true" } };
const HELD_BY_LABEL = { labels: { "volume-claim/hold": "yes" } };

const NOT_OURS = "only claims that the function made";
const NOT_SEEN = "this claim was restored or copied";
const IS_HELD = "this claim is held";
const FOREIGN = "belongs to another controller";
const NOT_DUE =
  "only claims whose retention is Delete, or Retain with an idle-ttl, or Reuse with an idle-ttl or with on-miss Create";
const ONLY_MARKS =
  "only ownerReferences and annotations volume-claim/unused-since, volume-claim/used-as, volume-claim/quarantine, volume-claim/node-affinity and volume-claim/node-uids";
const ONLY_PODS = "may make only Pods the owners";

describe("the policy about the janitor", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  const deleted: Record<string, ClaimOver> = {
    "that is bound": { bound: true },
  };
  for (const ttl of ["36h", "1d12h", "0.5h"])
    deleted[`that was retained for ${ttl} and has the mark`] = {
      annotations: { ...RETAINED, [IDLE_TTL]: ttl, ...MARKED },
    };
  for (const [title, over] of Object.entries(deleted))
    it(`allows that it deletes a claim ${title}`, async () => {
      expect(await fence.janitor.remove(await fence.made(over))).to.equal(
        "allowed",
      );
    });

  for (const seconds of [110, -110])
    it(`allows that it deletes a claim whose request was ${seconds} s before it`, async () => {
      const claim = await fence.made(requestedAt(agoOf(seconds)));
      expect(await fence.janitor.remove(claim)).to.equal("allowed");
    });

  /** By the words that reject the delete. */
  const kept: Record<string, Record<string, ClaimOver>> = {
    [NOT_OURS]: {
      "without label managed": { drop: "managed" },
      "without label managed-by": { drop: "app.kubernetes.io/managed-by" },
      "without the request's uid": { drop: "volume-claim/request-uid" },
    },
    [NOT_SEEN]: {
      "that is an hour younger than its request": { annotations: RESTORED },
      "with the mark of the claim that it was copied from": {
        annotations: { ...RESTORED, [USED_AS]: "0c7a2c1e" },
      },
      "with a request in the future": requestedAt(agoOf(-3_600)),
      "with a request at no time": requestedAt("yesterday"),
      "without the time of its request": { drop: REQUESTED_AT },
    },
    [IS_HELD]: {
      "held by an annotation": HELD,
      "held by a label": HELD_BY_LABEL,
    },
    [NOT_DUE]: {
      "to retain": { annotations: RETAINED },
      "to retain that has the mark": {
        annotations: { ...RETAINED, ...MARKED },
      },
      "to retain for a time, without the mark": withIdleTtl("36h", RETAINED),
      "to retain for a text that is not a duration": withIdleTtl("soon", {
        ...RETAINED,
        ...MARKED,
      }),
      "whose retention contradicts its idle-ttl": withIdleTtl("36h", {
        [RETENTION]: "Delete",
        ...MARKED,
      }),
      "of an unknown retention": withIdleTtl("36h", {
        [RETENTION]: "Keep",
        ...MARKED,
      }),
    },
    [FOREIGN]: {
      "of another controller": {
        ownerReferences: [
          { ...aPod, apiVersion: "apps/v1", kind: "StatefulSet" },
        ],
      },
      "of a Pod that is its controller": {
        ownerReferences: [{ ...aPod, controller: true }],
      },
    },
  };
  for (const [says, claims] of Object.entries(kept))
    for (const [title, over] of Object.entries(claims))
      it(`rejects that it deletes a claim ${title}`, async () => {
        expect(await fence.janitor.remove(await fence.made(over))).to.include(
          says,
        );
      });

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
      [
        "a claim to retain for a week, on its first day",
        { annotations: { ...RETAINED, [IDLE_TTL]: "7d" } },
      ],
      ["a claim to retain", { annotations: RETAINED }, NOT_DUE],
      [
        "a restored claim that is held",
        { annotations: { ...RESTORED, ...HELD.annotations } },
        IS_HELD,
      ],
      [
        "a claim to retain for a week that is held by a label",
        { ...HELD_BY_LABEL, annotations: { ...RETAINED, [IDLE_TTL]: "7d" } },
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

  describe("about changes of a claim", () => {
    let held: string;

    before(async () => {
      // Else the API server itself rejects that a claim grows.
      await succeed(fence.cluster.controlPlane, [
        "patch",
        "storageclass/standard",
        '--patch={"allowVolumeExpansion":true}',
      ]);
      held = await fence.made({ ...HELD, bound: true });
    });

    it("rejects every claim that it would create", async () => {
      expect(await fence.janitor.create(aClaim("new"))).to.include(
        "never creates a claim",
      );
    });

    it("allows that it makes Pods the owners, and that it sets and removes its mark", async () => {
      const claim = await fence.made({ annotations: MARKED });
      for (const change of [
        own(aPod),
        annotate({ [UNUSED_SINCE]: null }),
        annotate({ [UNUSED_SINCE]: "2026-02-01T00:00:00Z" }),
      ])
        expect(await fence.janitor.patch(claim, change)).to.equal("allowed");
    });

    /** By the words that reject the change. */
    const changes: Record<string, Record<string, object>> = {
      [ONLY_MARKS]: {
        "a marker label": label({ managed: null }),
        "another label": label({ team: "a" }),
        "an annotation of a user": annotate({ team: "a" }),
        "the hold": annotate({ "volume-claim/hold": null }),
        "the retention": annotate({ [RETENTION]: "Delete" }),
        "the time of the request": annotate({ [REQUESTED_AT]: null }),
        "the finalizers": { metadata: { finalizers: null } },
        "the size": { spec: { resources: { requests: { storage: "2Gi" } } } },
      },
      [ONLY_PODS]: {
        "the owners to a ReplicaSet": own({
          ...aPod,
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
        }),
        "the owners to a Pod that would have to wait": own({
          ...aPod,
          blockOwnerDeletion: true,
        }),
      },
    };
    for (const [says, rejected] of Object.entries(changes))
      for (const [title, change] of Object.entries(rejected))
        it(`rejects that it changes ${title}`, async () => {
          expect(await fence.janitor.patch(held, change)).to.include(says);
        });

    const outliving: Record<string, ClaimOver> = {
      "held by an annotation": HELD,
      "held by a label": HELD_BY_LABEL,
      "to retain": { annotations: RETAINED },
      "to retain for a time": withIdleTtl("36h", RETAINED),
      "whose retention contradicts its idle-ttl": withIdleTtl("36h", {}),
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
});

/** The mark that the janitor has seen a Pod of the claim with this uid. */
function seen(uid = ""): object {
  return annotate({ [USED_AS]: uid });
}

function requestedAt(time: string): ClaimOver {
  return { annotations: { [REQUESTED_AT]: time } };
}

function withIdleTtl(ttl: string, more: object): ClaimOver {
  return { annotations: { [IDLE_TTL]: ttl, ...more } };
}
