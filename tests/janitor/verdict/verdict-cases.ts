import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import type { Verdict } from "../../../janitor/verdict/reasons.ts";
import { verdict } from "../../../janitor/verdict/verdict.ts";
import { aClaim, MINUTE, NOW } from "../objects.ts";

/** Annotations by which the life cycle of a claim is decided, as people and sweeps write them. */
export const RETENTION = "volume-claim-template/retention";
export const IDLE_TTL = "volume-claim-template/idle-ttl";
export const FINISHED_PODS = "volume-claim-template/finished-pods";
export const MARK = "volume-claim/unused-since";

/** The verdict at `NOW`, with a grace period of five minutes. */
export function verdictOn(
  claim: ReturnType<typeof aClaim>,
  pods: readonly V1Pod[] = [],
): Verdict {
  return verdict(claim, podsByClaim(pods), {
    now: NOW,
    gracePeriodMs: 5 * MINUTE,
  });
}

/** A test: what becomes of such a claim beside these Pods. Only `unused` deletes. */
export function itJudges(
  title: string,
  claim: Parameters<typeof aClaim>[0],
  reason: Verdict["reason"],
  { why, pods }: { why?: RegExp; pods?: readonly V1Pod[] } = {},
): void {
  it(title, () => {
    const given = verdictOn(aClaim(claim), pods);
    expect(given.reason, given.why).to.equal(reason);
    expect(given.decision).to.equal(reason === "unused" ? "delete" : "keep");
    if (why) expect(given.why).to.match(why);
  });
}
