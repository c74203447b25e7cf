import type { ClaimIdentity } from "../verdict/claim-metadata.ts";
import type { OwnerReferenceChange } from "../verdict/owner-references.ts";
import type { Verdict } from "../verdict/reasons.ts";

/** Why a run did not do what the verdict says. */
export const RUN_REASONS = {
  keep: [
    "namespace-terminating",
    "namespace-failed",
    "over-deletion-cap",
    "changed-meanwhile",
    "interrupted",
  ],
  gone: ["gone-already"],
  fail: ["delete-failed", "mark-failed"],
} as const;

/** What became of a claim: its verdict, or what happened in between. In a dry run: what would become of it. */
export type Decision =
  | Verdict
  | {
      [D in keyof typeof RUN_REASONS]: {
        readonly decision: D;
        readonly reason: (typeof RUN_REASONS)[D][number];
        readonly why: string;
      };
    }[keyof typeof RUN_REASONS];

/** The run was stopped before the claim's turn. */
export const INTERRUPTED: Decision = {
  decision: "keep",
  reason: "interrupted",
  why: "the run was stopped before the turn of this claim",
};

/** Another client deleted the claim first, or its namespace is gone. */
export const GONE_ALREADY: Decision = {
  decision: "gone",
  reason: "gone-already",
  why: "it was gone before its turn in this run",
};

/** Why a claim is left alone that has the name of one that was found before. */
export const TOOK_ITS_PLACE = "another claim of the same name took its place";

/** The claim has changed since it was judged; the next run judges it again. */
export function changedMeanwhile(why: string): Decision {
  return { decision: "keep", reason: "changed-meanwhile", why };
}

/** A claim and what became of it. */
export interface Outcome {
  readonly claim: ClaimIdentity;
  readonly decision: Decision;
  /** Set when its owner references were changed. */
  readonly owners?: OwnerReferenceChange["change"];
}

/** A namespace's part of the report. `failures` say what could not be done there, a line each. */
export interface NamespaceReport {
  readonly namespace: string;
  readonly outcomes: Iterable<Outcome>;
  readonly failures: readonly string[];
}

/** What one sweep did, or in a dry run would have done. */
export interface SweepReport {
  /** The API server's clock at the first list, in milliseconds: ages are counted up to here. */
  readonly now: number;
  readonly namespaces: readonly NamespaceReport[];
  /** Events that could not be written; the claims are deleted all the same. */
  readonly lostEvents: number;
  /** True when the run was stopped before its end. */
  readonly interrupted: boolean;
}

/** Every claim of the report, one after another. */
export function* outcomesOf({
  namespaces,
}: SweepReport): Generator<Outcome, void> {
  for (const { outcomes } of namespaces) yield* outcomes;
}

/** False when the claim was only kept. */
export function isChange({ decision, owners }: Outcome): boolean {
  return decision.decision !== "keep" || owners !== undefined;
}

/** True when something that should have been done was not. */
export function hasFailures(report: SweepReport): boolean {
  return (
    report.interrupted ||
    report.namespaces.some(
      ({ failures, outcomes }) =>
        failures.length > 0 ||
        [...outcomes].some(({ decision }) => decision.decision === "fail"),
    )
  );
}
