import { expect } from "chai";
import { IDLE_TTL, RETENTION } from "../control-plane/life-cycle-world.ts";
import { eventually } from "../support/eventually.ts";
import { outcomeOf } from "./attempt.ts";
import { aClaim, versionOf, without } from "./claims-of-tests.ts";
import { fenceSuite } from "./fence-suite.ts";

const marked = { "volume-claim/unused-since": "2026-01-01T00:00:00Z" };
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
