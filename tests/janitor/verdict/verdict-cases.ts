import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { verdict } from "../../../janitor/verdict/verdict.ts";
import { MINUTE, NOW } from "../objects.ts";

/** Annotations by which the life cycle of a claim is decided, as people and sweeps write them. */
export const RETENTION = "volume-claim-template/retention";
export const IDLE_TTL = "volume-claim-template/idle-ttl";
export const FINISHED_PODS = "volume-claim-template/finished-pods";
export const MARK = "volume-claim/unused-since";

/** A claim, the Pods of its namespace, and what is to become of it. */
export interface VerdictCase {
  readonly name: string;
  readonly claim: ClaimMetadata;
  readonly pods?: readonly V1Pod[];
  /** Only `unused` deletes. */
  readonly reason: Verdict["reason"];
  readonly why?: RegExp;
}

/** The verdict at `NOW`, with a grace period of five minutes. */
export function verdictOn(
  claim: ClaimMetadata,
  pods: readonly V1Pod[] = [],
): Verdict {
  return verdict(claim, podsByClaim(pods), {
    now: NOW,
    gracePeriodMs: 5 * MINUTE,
  });
}

/** A test for each. */
export function itJudges(cases: readonly VerdictCase[]): void {
  for (const { name, claim, pods, reason, why } of cases) {
    it(name, () => {
      const given = verdictOn(claim, pods);
      expect(given.reason, given.why).to.equal(reason);
      expect(given.decision).to.equal(reason === "unused" ? "delete" : "keep");
      if (why) expect(given.why).to.match(why);
    });
  }
}
