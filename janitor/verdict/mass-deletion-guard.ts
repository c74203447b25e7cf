import { formatDuration } from "../../functions/contract/duration.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { keep } from "./reasons.ts";
import type { Verdict } from "./reasons.ts";
import { unusedSince } from "./idle.ts";

/** Up to this many claims of a namespace go in one run whatever their share: people often scale small Deployments to zero. */
const MIN_COUNT = 10;

/** Above this share of the claims that Pods decide about, a bad list of Pods is as likely as a scale to zero. */
const MIN_SHARE = 0.5;

/**
 * A mark counts from this age on, so that two runs that overlap do not count as two. Schedules start runs whole
 * minutes apart: half of the shortest distance also counts a run that started late and the next one on time.
 */
export const MIN_MARK_AGE_MS = 30_000;

/**
 * True when so much of a namespace seems unused that the list of Pods may be what is wrong. Only claims whose fate the
 * Pods decide are counted: claims that are held or young say nothing about the list, and must not lower the share;
 * claims that wait out their idle time were found unused by earlier lists, and must not make others wait for ever.
 */
export function isMassDeletion(verdicts: readonly Verdict[]): boolean {
  const unused = verdicts.filter(({ decision }) => decision !== "keep").length;
  const used = verdicts.filter(({ reason }) => reason === "in-use").length;
  return unused > MIN_COUNT && unused > MIN_SHARE * (unused + used);
}

/**
 * The verdict on an unused claim of a namespace where `isMassDeletion` holds: marked by one run, deleted by a later one. Idle
 * time is counted by the same mark: it too says that an earlier list had no Pod of the claim. `claim` is the one that has the mark: for
 * a claim of a set its leader.
 */
export function guardedVerdict(
  claim: ClaimMetadata,
  unused: Verdict,
  now: number,
): Verdict {
  if (unused.decision !== "delete") return unused;
  const mark = unusedSince(claim, now);
  if (mark === undefined) {
    return {
      decision: "mark",
      reason: "mass-deletion-first-run",
      why: `${unused.why}; more than half of this namespace's claims at once: a later run deletes it if it is still unused then`,
    };
  }
  const age = now - mark;
  if (age < MIN_MARK_AGE_MS) {
    return keep(
      "marked-just-now",
      `${unused.why}; marked ${formatDuration(age)} ago; a run ${formatDuration(MIN_MARK_AGE_MS)} or more after the mark deletes it`,
    );
  }
  return unused.reason === "idle-too-long"
    ? unused
    : {
        ...unused,
        why: `${unused.why}, unused since ${formatDuration(age)} ago`,
      };
}
