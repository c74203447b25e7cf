/** Why a claim stays. */
export type KeepReason =
  | "not-ours"
  | "terminating"
  | "foreign-controller"
  | "held"
  | "retained"
  | "unsupported-retention"
  | "unsupported-idle-ttl"
  | "unsupported-finished-pods"
  | "contradicting-life-cycle"
  | "in-use"
  | "source-of-clone"
  | "restored"
  | "unknown-request-time"
  | "younger-than-grace"
  | "provisioning"
  | "idle"
  | "marked-just-now";

/** What to do with a claim, why in one word for machines, and why in a sentence for people. */
export type Verdict =
  | {
      readonly decision: "keep";
      readonly reason: KeepReason;
      readonly why: string;
    }
  | {
      readonly decision: "mark";
      readonly reason: "bulk-first-run" | "idle-first-run";
      readonly why: string;
    }
  | {
      readonly decision: "delete";
      readonly reason: "unused" | "only-finished-pods" | "idle-too-long";
      readonly why: string;
    };

/** Makes a verdict that keeps the claim. */
export function keep(reason: KeepReason, why: string): Verdict {
  return { decision: "keep", reason, why };
}

/**
 * True when a mark "unused since" would not say the truth any more: a Pod was seen, or none was looked for, so that what
 * happens meanwhile would count as idle.
 */
export function endsMark({ decision, reason }: Verdict): boolean {
  return decision === "keep" && !MARK_STAYS[reason];
}

const MARK_STAYS: Readonly<Record<KeepReason, boolean>> = {
  // None of ours to write to.
  "not-ours": true,
  "foreign-controller": true,
  terminating: true,
  // Found without a Pod.
  "younger-than-grace": true,
  provisioning: true,
  idle: true,
  "marked-just-now": true,
  // Found with a Pod, or decided without looking.
  "in-use": false,
  // A clone that is being made of it uses it as a Pod does.
  "source-of-clone": false,
  // Without its Pod from the beginning: its idle time starts when one has come and gone.
  restored: false,
  "unknown-request-time": false,
  held: false,
  retained: false,
  "unsupported-retention": false,
  "unsupported-idle-ttl": false,
  "unsupported-finished-pods": false,
  "contradicting-life-cycle": false,
};
