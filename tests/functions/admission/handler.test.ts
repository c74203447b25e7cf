import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import {
  ClaimRejectedError,
  UNAVAILABLE,
} from "../../../functions/claim-api/rejected.ts";
import { TEMPLATE_STORAGE } from "../../../functions/contract/keys.ts";
import { aRequest } from "../../support/builders.ts";
import {
  created,
  handled,
  missing,
  podWith,
  TIME,
  worldOf,
} from "./handler-world.ts";
import type { Fate } from "./handler-world.ts";

/** For timers, which on a busy machine come late. */
const SLACK = 150;

const quota = new ClaimRejectedError(
  { status: 403, reason: "Forbidden" },
  "exceeded quota: small",
);
const away = new ClaimRejectedError(UNAVAILABLE, "not in time");
const bug = new TypeError("a bug");

const found: Fate = { ...created, end: "found" };
function rejected(end: Error): Fate {
  return { ...created, create: 0, end };
}

const quotaAnswer = {
  allowed: false,
  code: 403,
  statusReason: "Forbidden",
  reason: "exceeded quota: small",
};

describe("createHandler", function () {
  this.timeout(20_000);

  // The first call loads what plans a Pod.
  before(() => handled([created]));

  it("creates the claim with its source, and answers with the patch and the claim's name", async () => {
    const { events, manifests, response } = await handled([created]);
    expect(events).to.deep.equal([
      "looked up VolumeSnapshot?app=orders",
      "created v0",
    ]);
    expect(manifests[0]?.spec.dataSource?.name).to.equal("nightly-7");
    expect(response?.allowed).to.equal(true);
    expect(response?.patch).to.have.length.above(0);
    expect(response?.reason).to.match(/^created web-5d4f8c7b9-v0-/);
    expect(response?.auditAnnotations?.["claims"]).to.equal(
      manifests[0]?.metadata.name,
    );
  });

  it("creates all claims of a Pod with several volumes, and passes on what the API server warns of", async () => {
    const { response, there } = await handled([created, found, created], {
      warnings: ["fractional byte value"],
    });
    expect([...there]).to.have.members(["v0", "v1", "v2"]);
    expect(response?.auditAnnotations?.["claims"]?.split(",")).to.have.lengthOf(
      3,
    );
    expect(response?.warnings).to.deep.equal(
      [0, 1, 2].map(
        (index) =>
          `PersistentVolumeClaim of volume "v${index}": fractional byte value`,
      ),
    );
  });

  it("W6: looks up the source in a dry run, writes nothing, and gives the same patch", async () => {
    const { events, response } = await handled([created], { dryRun: true });
    expect(events).to.deep.equal(["looked up VolumeSnapshot?app=orders"]);
    expect(response?.patch).to.deep.equal(
      (await handled([created])).response?.patch,
    );
  });

  it("W2: gives the same answer when another snapshot has become the newest meanwhile", async () => {
    const [first, second] = await Promise.all(
      ["nightly-7", "nightly-8"].map((newest) =>
        handled([created], { newest }),
      ),
    );
    expect(second?.response).to.deep.equal(first?.response);
    expect(second?.manifests[0]?.spec.dataSource?.name).to.equal("nightly-8");
  });

  it("W9: rejects a Pod with every problem, before any request", async () => {
    const pod = podWith(1);
    Object.assign(pod.metadata?.annotations ?? {}, {
      [TEMPLATE_STORAGE]: "0",
      "volume-claim-template/typo": "x",
    });
    const { events, response } = await handled([created], { pod });
    expect(events).to.deep.equal([]);
    expect(response).to.deep.include({
      allowed: false,
      code: 422,
      statusReason: "Invalid",
    });
    expect(response?.reason)
      .to.include(TEMPLATE_STORAGE)
      .and.to.include("volume-claim-template/typo");
  });

  for (const dryRun of [false, true])
    it(`W9: rejects a Pod whose source cannot be used, before any write${dryRun ? ", in a dry run too" : ""}`, async () => {
      const { manifests, response } = await handled([rejected(missing)], {
        dryRun,
      });
      expect(manifests).to.deep.equal([]);
      expect(response).to.deep.equal({
        allowed: false,
        code: 422,
        statusReason: "Invalid",
        reason: "there is none",
      });
    });

  const rollbacks: [
    what: string,
    fates: readonly Fate[],
    left?: readonly string[],
    reason?: string,
  ][] = [
    ["W11: the only claim is rejected", [rejected(quota)]],
    ["W11: the first is rejected", [rejected(quota), created, created]],
    ["W11: the second is rejected", [created, rejected(quota), created]],
    ["W11: the last is rejected", [created, created, rejected(quota)]],
    [
      "W2: one is of an earlier delivery, which stays",
      [found, created, rejected(quota)],
      ["v0"],
    ],
    [
      "another try would change one rejection and not the other",
      [rejected(away), rejected(quota), created],
      [],
      "not in time; exceeded quota: small",
    ],
  ];
  for (const [what, fates, left = [], reason = quotaAnswer.reason] of rollbacks)
    it(`${what}: passes on the reasons, and leaves no new claim`, async () => {
      const { response, there } = await handled(fates);
      expect([...there]).to.deep.equal(left);
      expect(response).to.deep.equal({ ...quotaAnswer, reason });
    });

  for (const fates of [
    [rejected(bug)],
    [rejected(quota), created, rejected(bug)],
  ])
    it(`throws a fault of our own with ${fates.length} claims, and leaves none of them`, async () => {
      const { there, thrown } = await handled(fates);
      expect(thrown).to.equal(bug);
      expect([...there]).to.deep.equal([]);
    });

  it("answers with the reason, and logs a warning for each claim, when the rollback fails", async () => {
    const { response, there, warnings } = await handled(
      [created, rejected(quota), created],
      { removeFails: true },
    );
    expect(response).to.deep.equal(quotaAnswer);
    expect([...there]).to.have.members(["v0", "v2"]);
    expect(warnings).to.have.lengthOf(2);
    expect(warnings[0]).to.include("the janitor will");
  });

  it("W2: a second delivery of a request waits until the first one has deleted its claims", async () => {
    const fates = [{ ...created, remove: 50 }, rejected(quota)];
    const { events, handler, there } = worldOf(fates);
    const deliver = () =>
      handler(aRequest(podWith(2)), performance.now() + 5_000);
    const first = deliver();
    // The first delivery has created v0 and deletes it now.
    await sleep(30);
    fates[1] = created;
    const second = await deliver();
    expect((await first).code).to.equal(403);
    expect(second.allowed).to.equal(true);
    expect([...there]).to.have.members(["v0", "v1"]);
    expect(events.join()).not.to.include("found");
  });

  it("W2: a second delivery of a request waits for the first one only until its own deadline", async () => {
    const { handler } = worldOf([{ ...created, create: 1_500 }]);
    void handler(aRequest(podWith(1)), performance.now() + 5_000);
    await sleep(5);
    const start = performance.now();
    const second = await handler(aRequest(podWith(1)), start + 100);
    expect(performance.now() - start).to.be.below(1_000);
    expect(second.code).to.equal(503);
    expect(second.reason).to.include("an earlier delivery of this request");
  });

  it("W12: answers by the deadline however long look-ups, creates and deletes take, and leaves no claim of a rejected Pod", async () => {
    const time = fc.oneof(
      fc.nat(40),
      fc.nat(TIME),
      fc.integer({ min: TIME, max: 2 * TIME }),
    );
    const fate: fc.Arbitrary<Fate> = fc.record({
      lookUp: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, time),
      create: time,
      end: fc.constantFrom<Fate["end"]>(
        "created",
        "created",
        "found",
        quota,
        "lost",
        bug,
      ),
      remove: time,
    });
    const codes = new Set<unknown>();
    // Not more at once: they would delay each other.
    for (let round = 0; round < 3; round += 1)
      await Promise.all(
        fc
          .sample(fc.array(fate, { minLength: 1, maxLength: 4 }), 25)
          .map(async (fates) => {
            const { events, response, there, timer, took } =
              await handled(fates);
            const shown = JSON.stringify({ fates, response, events });
            codes.add(response?.code ?? response?.allowed);
            expect(took, shown).to.be.below((await timer) + SLACK);
            const left = [...there].filter(
              (volume) => !events.includes(`found ${volume}`),
            );
            expect(left.length, shown).to.equal(
              response?.allowed === true
                ? fates.filter(({ end }) => end === "created").length
                : 0,
            );
          }),
      );
    // Every kind of answer: yes, no for good, no for now, and a fault of our own.
    expect([...codes]).to.have.members([true, 403, 503, undefined]);
  });

  it("W12: does not wait for a claim that hangs when another one is rejected", async () => {
    const { response, there, took } = await handled([
      rejected(quota),
      { ...created, create: 2 * TIME },
    ]);
    expect(response).to.deep.equal(quotaAnswer);
    // The other one has half a second, or what is left beside the time for the rollback.
    expect(took).to.be.below(TIME - 50);
    expect([...there]).to.deep.equal([]);
  });

  it("W12: keeps time to delete a claim when another one is not created in time", async () => {
    const { response, took } = await handled([
      { ...created, remove: 50 },
      { ...created, create: 2 * TIME },
    ]);
    expect(response?.code).to.equal(503);
    expect(response?.reason).to.match(
      /^could not create PersistentVolumeClaim shop\/\S+ in time; create the Pod again$/,
    );
    expect(took)
      .to.be.above(0.75 * TIME)
      .and.below(TIME);
  });
});
