import { expect } from "chai";
import fc from "fast-check";
import { guardedVerdict } from "../../../janitor/verdict/mass-deletion-guard.ts";
import { REASONS } from "../../../janitor/verdict/reasons.ts";
import { aClaim, HOUR, LOST_NODE, NOW, podOf, RUNNING } from "../objects.ts";
import {
  FINISHED_PODS,
  IDLE_TTL,
  MARK,
  RETENTION,
  verdictOn,
} from "./verdict-cases.ts";

const seldom = fc.constantFrom(false, false, true);

const anyAnnotations = fc.record(
  {
    [RETENTION]: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("Delete", "Retain") },
      fc.string(),
    ),
    [IDLE_TTL]: fc.oneof(fc.constantFrom("1ms", "24h", "0"), fc.string()),
    [FINISHED_PODS]: fc.constantFrom("Release", "Release", "Keep", "Free"),
    [MARK]: fc.oneof(
      fc
        .integer({ min: -1_000 * HOUR, max: HOUR })
        .map((offset) => new Date(NOW + offset).toISOString()),
      fc.string(),
    ),
    "volume-claim/hold": fc.constantFrom("false", "false", "true"),
  },
  { requiredKeys: [] },
);

/** A Pod of the claim, and whether it has finished. */
const podOfClaim = fc
  .record({
    phase: fc.constantFrom("Running", "Succeeded", "Failed"),
    terminating: seldom,
    lost: seldom,
    runs: seldom,
  })
  .map(({ phase, terminating, lost, runs }) => ({
    finished: /Succeeded|Failed/.test(phase) && !terminating && !lost && !runs,
    pod: podOf(aClaim(), "p", {
      phase,
      terminating,
      status: {
        ...(lost && { conditions: [LOST_NODE] }),
        ...(runs && { containerStatuses: [RUNNING] }),
      },
    }),
  }));

describe("verdict on any claim", () => {
  it("J6 never deletes or marks it when a Pod holds it, whatever its annotations say", () => {
    fc.assert(
      fc.property(
        anyAnnotations,
        fc.array(podOfClaim, { minLength: 1, maxLength: 2 }),
        (annotations, pods) => {
          fc.pre(
            annotations[FINISHED_PODS] !== "Release" ||
              pods.some(({ finished }) => !finished),
          );
          const claim = aClaim({ createdAt: 0, annotations });
          const first = verdictOn(
            claim,
            pods.map(({ pod }) => pod),
          );
          const given = guardedVerdict(claim, first, NOW);
          expect(given.decision).to.equal("keep");
          expect(REASONS[given.reason].markStays).to.equal(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("deletes only what is Delete, or was retained for as long as it says, whatever else is annotated", () => {
    fc.assert(
      fc.property(anyAnnotations, (annotations) => {
        const { decision, reason } = verdictOn(
          aClaim({ createdAt: 0, annotations }),
        );
        if (decision !== "delete") return;
        const retention = annotations[RETENTION] ?? "Delete";
        expect(retention).to.equal(reason === "unused" ? "Delete" : "Retain");
        if (reason === "idle-too-long")
          expect(NOW - Date.parse(annotations[MARK] ?? "")).to.be.at.least(
            annotations[IDLE_TTL] === "24h" ? 24 * HOUR : 1,
          );
      }),
      { numRuns: 300 },
    );
  });
});
