import type { Verdict } from "./reasons.ts";

/** What the janitor writes on the leader of a set of several claims before it deletes the first of them. */
export const ABOUT_TO_DELETE = "the janitor is about to delete it";

/** True for a quarantine that the janitor wrote; it takes no other away. */
export function isByJanitor(quarantine: string): boolean {
  return quarantine.startsWith("the janitor ");
}

const ON_GONE_NODE = "the janitor found its volume on a node that is gone: ";

/** The quarantine to write on a set because of its nodes: a text, `null` to end it, or undefined to leave it as it is. */
export function quarantineByNode(
  current: string | undefined,
  goneNode: string | undefined,
): string | null | undefined {
  if (goneNode !== undefined)
    return current === undefined ? ON_GONE_NODE + goneNode : undefined;
  return current?.startsWith(ON_GONE_NODE) ? null : undefined;
}

/** True when a set that was about to be deleted is no longer. One of which a claim is terminating already stays in quarantine. */
export function endsDeletion({ decision, reason }: Verdict): boolean {
  return decision === "keep"
    ? !DELETION_GOES_ON.has(reason)
    : reason === "idle-first-run";
}

const DELETION_GOES_ON: ReadonlySet<Verdict["reason"]> = new Set([
  "leads-set",
  "terminating",
  "marked-just-now",
  // The janitor does not write to these.
  "not-ours",
  "foreign-controller",
] as const);
