/** What holds for claims with one reason. */
interface ReasonRules {
  /**
   * A mark "unused since" stays. Otherwise the sweep removes it: a Pod was seen, or the Pods were not checked, and that time must not
   * count as idle.
   */
  readonly markStays: boolean;
  /** A set that the janitor is about to delete still is. Otherwise the sweep ends that quarantine. */
  readonly deletionGoesOn: boolean;
  /** The sweep writes on the first claim of a set what it found about its nodes, and a quarantine. */
  readonly findingsWritten: boolean;
  /** The sweep writes on the claim that it saw the Pod for which the claim was created. */
  readonly useWritten: boolean;
}

/** What the sweep found is not written: the claim is not the janitor's, or its deletion is under way. */
const LEFT: ReasonRules = {
  markStays: true,
  deletionGoesOn: true,
  findingsWritten: false,
  useWritten: false,
};

/** The sweep found no Pod. */
const UNUSED: ReasonRules = {
  markStays: true,
  deletionGoesOn: false,
  findingsWritten: true,
  useWritten: false,
};

/** The sweep found a Pod, or decided without a list of Pods. */
const NOT_IDLE: ReasonRules = { ...UNUSED, markStays: false };

/** Why a claim stays. */
const KEEP_REASONS = {
  "not-ours": LEFT,
  terminating: LEFT,
  "foreign-controller": LEFT,
  held: { ...NOT_IDLE, findingsWritten: false },
  // It is never deleted, so it has no mark.
  imported: UNUSED,
  retained: NOT_IDLE,
  "unsupported-retention": NOT_IDLE,
  "unsupported-idle-ttl": NOT_IDLE,
  "unsupported-finished-pods": NOT_IDLE,
  "unsupported-reuse": NOT_IDLE,
  "contradicting-life-cycle": NOT_IDLE,
  "incomplete-set": NOT_IDLE,
  "in-use": { ...NOT_IDLE, useWritten: true },
  // Its Pod is on its way.
  leased: NOT_IDLE,
  // A clone that is being made of it uses it as a Pod does.
  "source-of-clone": NOT_IDLE,
  // No sweep has seen its Pod yet: the idle time starts after that.
  restored: { ...NOT_IDLE, useWritten: true },
  "unknown-request-time": { ...NOT_IDLE, useWritten: true },
  "younger-than-grace": UNUSED,
  provisioning: UNUSED,
  idle: UNUSED,
  "marked-just-now": { ...UNUSED, deletionGoesOn: true },
  "leads-set": LEFT,
  quarantined: UNUSED,
} as const;

/** Why a claim gets a mark. */
const MARK_REASONS = {
  "mass-deletion-first-run": { ...UNUSED, deletionGoesOn: true },
  "idle-first-run": UNUSED,
  "set-first-run": LEFT,
} as const;

/** Why a claim is deleted. */
const DELETE_REASONS = {
  unused: LEFT,
  "only-finished-pods": LEFT,
  "idle-too-long": LEFT,
  "max-age": LEFT,
  "max-uses": LEFT,
  "max-idle": LEFT,
} as const;

/** All reasons of verdicts. A new reason needs one line above, and one in docs/janitor.md. */
export const REASONS: Readonly<Record<Verdict["reason"], ReasonRules>> = {
  ...KEEP_REASONS,
  ...MARK_REASONS,
  ...DELETE_REASONS,
};

export type KeepReason = keyof typeof KEEP_REASONS;
export type DeleteReason = keyof typeof DELETE_REASONS;

/** What to do with a claim, why in one word for machines, and why in a sentence for people. */
export type Verdict =
  | {
      readonly decision: "keep";
      readonly reason: KeepReason;
      readonly why: string;
    }
  | {
      readonly decision: "mark";
      readonly reason: keyof typeof MARK_REASONS;
      readonly why: string;
    }
  | {
      readonly decision: "delete";
      readonly reason: DeleteReason;
      readonly why: string;
    };

/** Makes a verdict that keeps the claim. */
export function keep(reason: KeepReason, why: string): Verdict {
  return { decision: "keep", reason, why };
}
