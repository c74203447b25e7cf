/** Why a claim stays. */
export type KeepReason =
  | "not-ours"
  | "terminating"
  | "foreign-controller"
  | "held"
  | "imported"
  | "retained"
  | "unsupported-retention"
  | "unsupported-idle-ttl"
  | "unsupported-finished-pods"
  | "unsupported-reuse"
  | "contradicting-life-cycle"
  | "incomplete-set"
  | "in-use"
  | "leased"
  | "source-of-clone"
  | "restored"
  | "unknown-request-time"
  | "younger-than-grace"
  | "provisioning"
  | "idle"
  | "marked-just-now"
  | "leads-set"
  | "quarantined";

/** What to do with a claim, why in one word for machines, and why in a sentence for people. */
export type Verdict =
  | {
      readonly decision: "keep";
      readonly reason: KeepReason;
      readonly why: string;
    }
  | {
      readonly decision: "mark";
      readonly reason: "bulk-first-run" | "idle-first-run" | "set-first-run";
      readonly why: string;
    }
  | {
      readonly decision: "delete";
      readonly reason:
        | "unused"
        | "only-finished-pods"
        | "idle-too-long"
        | "max-age"
        | "max-uses"
        | "max-idle";
      readonly why: string;
    };

/** Makes a verdict that keeps the claim. */
export function keep(reason: KeepReason, why: string): Verdict {
  return { decision: "keep", reason, why };
}

/**
 * True when a mark "unused since" is no longer true: a Pod was seen, or the Pods were not checked, and that time must not count
 * as idle.
 */
export function endsMark({ decision, reason }: Verdict): boolean {
  return decision === "keep" && !MARK_STAYS[reason];
}

const MARK_STAYS: Readonly<Record<KeepReason, boolean>> = {
  // The janitor does not write to these.
  "not-ours": true,
  "foreign-controller": true,
  terminating: true,
  // It is never deleted, so it has none.
  imported: true,
  // Found without a Pod.
  "younger-than-grace": true,
  provisioning: true,
  idle: true,
  "marked-just-now": true,
  "leads-set": true,
  quarantined: true,
  // Found with a Pod, or decided without a list of Pods.
  "in-use": false,
  // Its Pod is on its way.
  leased: false,
  // A clone that is being made of it uses it as a Pod does.
  "source-of-clone": false,
  // No sweep has seen its Pod yet: the idle time starts after that.
  restored: false,
  "unknown-request-time": false,
  held: false,
  retained: false,
  "unsupported-retention": false,
  "unsupported-idle-ttl": false,
  "unsupported-finished-pods": false,
  "unsupported-reuse": false,
  "contradicting-life-cycle": false,
  "incomplete-set": false,
};
