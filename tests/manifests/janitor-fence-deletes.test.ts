import { expect } from "chai";
import { IDLE_TTL, RETENTION } from "../integration/life-cycle/world.ts";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, versionOf, without } from "./claims-of-tests.ts";
import { fenceSuite } from "./fence-suite.ts";

const marked = { "volume-claim/unused-since": "2026-01-01T00:00:00Z" };
const agoOf = (seconds: number): string =>
  new Date(Date.now() - 1_000 * seconds).toISOString();
const notSeen = "this claim was restored or copied";
const onlyThese =
  "only claims whose retention is Delete, or Retain with an idle-ttl and with its mark volume-claim/unused-since";

describe("the fence around the janitor when it deletes", function () {
  this.timeout(60_000);
  const fence = fenceSuite();

  it("let it delete the version of a marked claim that it looked at", async () => {
    const { name: claim, ...version } = await fence.made({}, { bound: true });
    expect(await outcomeOf(fence.janitor.remove(claim, version))).to.equal(
      "allowed",
    );
  });

  for (const idleTtl of ["36h", "1d12h", "0.5h"])
    it(`let it delete a claim that was retained for ${idleTtl} and bears the mark`, async () => {
      const { name: claim, ...version } = await fence.made({
        annotations: { [RETENTION]: "Retain", [IDLE_TTL]: idleTtl, ...marked },
      });
      expect(await outcomeOf(fence.janitor.remove(claim, version))).to.equal(
        "allowed",
      );
    });

  for (const seconds of [110, -110])
    it(`let it delete a claim whose request was ${seconds} s before it`, async () => {
      const { name: claim, ...version } = await fence.made({
        annotations: { "volume-claim/requested-at": agoOf(seconds) },
      });
      expect(await outcomeOf(fence.janitor.remove(claim, version))).to.equal(
        "allowed",
      );
    });

  it("let it delete a restored claim, or make a Pod its owner, only after it has said that it saw its Pod", async () => {
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
    const { name: claim, uid } = await fence.made({
      annotations: { "volume-claim/requested-at": agoOf(3_600) },
      finalizers: ["example.com/test"],
    });
    const own = { metadata: { ownerReferences: [owner] } };
    const remove = async (): Promise<string> => {
      const { name, ...version } = versionOf(await fence.admin.get(claim));
      return await outcomeOf(fence.janitor.remove(name, version));
    };
    const mark = (as: string): Promise<string> =>
      outcomeOf(
        fence.janitor.patch(claim, {
          metadata: { annotations: { "volume-claim/used-as": as } },
        }),
      );
    expect(await remove()).to.include(notSeen);
    expect(await outcomeOf(fence.janitor.patch(claim, own))).to.include(
      "may not give an owner to a claim that was restored or copied",
    );
    expect(await mark("another")).to.include("only a claim's own uid");
    expect(await mark(uid)).to.equal("allowed");
    expect(await remove()).to.equal("allowed");
    await fence.admin.patch(claim, { metadata: { finalizers: null } });
    const { name: other, uid: otherUid } = await fence.made({
      annotations: { "volume-claim/requested-at": agoOf(3_600) },
      finalizers: ["example.com/test"],
    });
    await fence.janitor.patch(other, {
      metadata: { annotations: { "volume-claim/used-as": otherUid } },
    });
    expect(await outcomeOf(fence.janitor.patch(other, own))).to.equal(
      "allowed",
    );
    await fence.admin.patch(other, { metadata: { finalizers: null } });
  });

  /** What somebody can do who has the janitor's token: write the marks of the janitor first. There is no clock in a policy. */
  const pairs: {
    readonly name: string;
    readonly metadata: Parameters<typeof aClaim>[1];
    /** What stops the pair; nothing where it deletes the claim. */
    readonly says?: string;
  }[] = [
    {
      name: "a restored claim",
      metadata: { annotations: { "volume-claim/requested-at": agoOf(3_600) } },
    },
    {
      name: "a claim to be retained for a week, on its first day",
      metadata: { annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "7d" } },
    },
    {
      name: "a claim to be retained",
      metadata: { annotations: { [RETENTION]: "Retain" } },
      says: onlyThese,
    },
    {
      name: "a restored claim that is held",
      metadata: {
        annotations: {
          "volume-claim/requested-at": agoOf(3_600),
          "volume-claim/hold": "true",
        },
      },
      says: "this claim is held",
    },
    {
      name: "a claim to be retained for a week that is held by a label",
      metadata: {
        labels: { "volume-claim/hold": "true" },
        annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "7d" },
      },
      says: "this claim is held",
    },
  ];
  for (const { name: title, metadata, says = "allowed" } of pairs)
    it(`${says === "allowed" ? "let" : "refuse that"} its token, by one more request, ${says === "allowed" ? "delete" : "deletes"} ${title}`, async () => {
      const { name: claim, uid, resourceVersion } = await fence.made(metadata);
      const marks = {
        "volume-claim/used-as": uid,
        "volume-claim/unused-since": agoOf(30 * 86_400),
      };
      expect(
        await outcomeOf(fence.janitor.remove(claim, { uid, resourceVersion })),
      ).to.include(says === "allowed" ? "the janitor of" : says);
      expect(
        await outcomeOf(
          fence.janitor.patch(claim, { metadata: { annotations: marks } }),
        ),
      ).to.equal("allowed");
      const { name, ...version } = versionOf(await fence.admin.get(claim));
      expect(await outcomeOf(fence.janitor.remove(name, version))).to.include(
        says,
      );
    });

  const kept: {
    name: string;
    metadata?: Parameters<typeof aClaim>[1];
    drop?: string;
    says: string;
  }[] = [
    {
      name: "without the label managed",
      drop: "managed",
      says: "only claims that the function made",
    },
    {
      name: "without the label managed-by",
      drop: "app.kubernetes.io/managed-by",
      says: "only claims that the function made",
    },
    {
      name: "without the request's uid",
      drop: "volume-claim/request-uid",
      says: "only claims that the function made",
    },
    {
      name: "that is an hour younger than its request",
      metadata: { annotations: { "volume-claim/requested-at": agoOf(3_600) } },
      says: notSeen,
    },
    {
      name: "with the mark of the claim that it was copied from",
      metadata: {
        annotations: {
          "volume-claim/requested-at": agoOf(3_600),
          "volume-claim/used-as": "0c7a2c1e-0000-4000-8000-000000000000",
        },
      },
      says: notSeen,
    },
    {
      name: "whose request is still to come",
      metadata: { annotations: { "volume-claim/requested-at": agoOf(-3_600) } },
      says: notSeen,
    },
    {
      name: "whose request was at no time",
      metadata: { annotations: { "volume-claim/requested-at": "yesterday" } },
      says: notSeen,
    },
    {
      name: "without the time of its request",
      drop: "volume-claim/requested-at",
      says: notSeen,
    },
    {
      name: "held by an annotation",
      metadata: { annotations: { "volume-claim/hold": "true" } },
      says: "this claim is held",
    },
    {
      name: "held by a label",
      metadata: { labels: { "volume-claim/hold": "yes" } },
      says: "this claim is held",
    },
    {
      name: "to be retained",
      metadata: { annotations: { [RETENTION]: "Retain" } },
      says: onlyThese,
    },
    {
      name: "to be retained, though it bears the mark",
      metadata: { annotations: { [RETENTION]: "Retain", ...marked } },
      says: onlyThese,
    },
    {
      name: "to be retained for a time that no sweep has seen begin",
      metadata: { annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "36h" } },
      says: onlyThese,
    },
    {
      name: "to be retained for a time that is none",
      metadata: {
        annotations: { [RETENTION]: "Retain", [IDLE_TTL]: "soon", ...marked },
      },
      says: onlyThese,
    },
    {
      name: "whose retention contradicts its idle-ttl",
      metadata: {
        annotations: { [RETENTION]: "Delete", [IDLE_TTL]: "36h", ...marked },
      },
      says: onlyThese,
    },
    {
      name: "whose retention nobody knows",
      metadata: {
        annotations: { [RETENTION]: "Reuse", [IDLE_TTL]: "36h", ...marked },
      },
      says: onlyThese,
    },
    {
      name: "of another controller",
      metadata: {
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: "s", uid: "u" },
        ],
      },
      says: "belongs to another controller",
    },
    {
      name: "of a Pod that is its controller",
      metadata: {
        ownerReferences: [
          {
            apiVersion: "v1",
            kind: "Pod",
            name: "p",
            uid: "u",
            controller: true,
          },
        ],
      },
      says: "belongs to another controller",
    },
  ];
  for (const { name: title, metadata = {}, drop = "", says } of kept) {
    it(`refuse that it deletes a claim ${title}`, async () => {
      // Held back by a finalizer: the garbage collector finds none of these owners and would be quicker.
      const claim = without(
        aClaim(fence.name(), { finalizers: ["example.com/test"], ...metadata }),
        drop,
      );
      const { name: created } = versionOf(await fence.admin.create(claim));
      // The collector still marks them as deleted, which makes another version of them.
      const said = await eventually("not a conflict", async () => {
        const { name, ...version } = versionOf(await fence.admin.get(created));
        const outcome = await outcomeOf(fence.janitor.remove(name, version));
        return !outcome.startsWith("Operation cannot be fulfilled") && outcome;
      });
      expect(said).to.include(says);
      await fence.admin.patch(created, { metadata: { finalizers: null } });
    });
  }

  it("refuse that it deletes a claim without saying which version", async () => {
    const { name: claim, uid, resourceVersion } = await fence.made();
    for (const preconditions of [undefined, { uid }, { resourceVersion }])
      expect(
        await outcomeOf(fence.janitor.remove(claim, preconditions)),
      ).to.include("only the very version of a claim that it looked at");
  });
});
