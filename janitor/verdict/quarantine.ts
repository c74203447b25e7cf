/** What the janitor writes on the leader of a set of several claims before it deletes the first of them. */
export const ABOUT_TO_DELETE = "the janitor is about to delete it";

/**
 * What the janitor writes in its place when it decides otherwise. Another run may have checked the leader just before, and its delete
 * of another claim may still be on its way. A Pod that got the set now would lose that claim.
 */
export const DELETION_ENDED =
  "the janitor does not delete it any more, and waits until no delete is on its way";

/** A delete takes effect at most this long after the check of the leader, in milliseconds: the API server ends a request after a minute. */
export const DELETE_ENDS_MS = 60_000;

/** True for a quarantine that the janitor wrote; it takes no other away. */
export function isByJanitor(quarantine: string): boolean {
  return quarantine.startsWith("the janitor ");
}

/** How the text of each kind of quarantine begins. */
const BEGINNINGS = {
  byHand: "the janitor found it mounted by hand: ",
  goneNode: "the janitor found its volume on a node that is gone: ",
  newNode:
    "the janitor found its volume on a node that was deleted and created again, without its local data: ",
  pending: "the janitor found that it kept a Pod from starting, at ",
} as const;

type Kind = keyof typeof BEGINNINGS;

/** Why a set must not be handed out, as one sweep sees it. */
export interface Cause {
  readonly kind: Kind;
  /** The rest of the quarantine's text. */
  readonly of: string;
}

/** What decides about the quarantine of a set besides its causes. */
export interface QuarantineContext {
  /** True when the sweep knows the volumes and nodes of the set. Without them only a mount by hand is found, and only that ends. */
  readonly nodesKnown: boolean;
  readonly hasPods: boolean;
  /** True when a Pod of its pool waits for its predecessor's data. */
  readonly waits: boolean;
  /** When its first claim was last written, in milliseconds, by the API server's clock. */
  readonly changedAt: number;
  readonly now: number;
}

/**
 * A set that kept a Pod from starting stays in quarantine for this long when that Pod is gone, in milliseconds: nobody can tell whether
 * the next one would start, and it gets a new set meanwhile. A Pod that waits for this very data gets it at the next sweep.
 */
export const RETRY_MS = 3_600_000;

/** The quarantine to write on a set: a text, `null` to end it, or undefined to leave it as it is. */
export function quarantineChange(
  current: string | undefined,
  causes: readonly Cause[],
  context: QuarantineContext,
): string | null | undefined {
  const kind = kindOf(current);
  const ended = current === DELETION_ENDED;
  if (ended && context.now - context.changedAt < DELETE_ENDS_MS)
    return undefined;
  // Somebody else's, or that of a set that is about to be deleted.
  if (current !== undefined && kind === undefined && !ended) return undefined;
  if (kind !== undefined && stays(current ?? "", kind, causes, context))
    return undefined;
  const cause = causes.find((one) => one.kind === kind) ?? causes[0];
  if (cause) return quarantineText(cause, context.now);
  return current === undefined ? undefined : null;
}

function stays(
  current: string,
  kind: Kind,
  causes: readonly Cause[],
  { hasPods, nodesKnown, now, waits }: QuarantineContext,
): boolean {
  if (kind !== "byHand" && !nodesKnown) return true;
  const same = causes.find((one) => one.kind === kind);
  if (kind !== "pending")
    return same !== undefined && current === quarantineText(same, now);
  if (same) return true;
  const [, at = ""] =
    /^(\S+) /.exec(current.slice(BEGINNINGS[kind].length)) ?? [];
  return !hasPods && !waits && now - Date.parse(at) < RETRY_MS;
}

/** What a sweep writes because of a cause that it finds at `now`. */
export function quarantineText({ kind, of }: Cause, now: number): string {
  const at = kind === "pending" ? `${new Date(now).toISOString()} ` : "";
  return BEGINNINGS[kind] + at + of;
}

function kindOf(current: string | undefined): Kind | undefined {
  return (Object.keys(BEGINNINGS) as Kind[]).find((kind) =>
    current?.startsWith(BEGINNINGS[kind]),
  );
}
