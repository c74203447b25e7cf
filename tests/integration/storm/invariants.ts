import type { AuditedStorm, ClaimWrite } from "./audit.ts";
import type { SeenClaim, SeenPod, StoredChange } from "./history.ts";

/** Who asks the API server, by the names that it knows them by. */
const SYSTEM = "system:serviceaccount:kube-system:";
export const FUNCTION = "system:serviceaccount:stateful-deployments:function";
export const JANITOR = "system:serviceaccount:stateful-deployments:janitor";
export const GARBAGE_COLLECTOR = `${SYSTEM}generic-garbage-collector`;
export const NAMESPACE_CONTROLLER = `${SYSTEM}namespace-controller`;
/** The person at the keyboard: the administrator of the test. */
const PERSON = "admin";

/** What each may do with claims. A request of anybody else is a violation. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  [FUNCTION]: ["create", "delete", "patch"],
  [JANITOR]: ["delete", "patch"],
  [GARBAGE_COLLECTOR]: ["delete", "patch"],
  [NAMESPACE_CONTROLLER]: ["delete", "deletecollection"],
  [`${SYSTEM}persistent-volume-binder`]: ["patch", "update"],
  [`${SYSTEM}pvc-protection-controller`]: ["patch", "update"],
  [PERSON]: ["create", "patch"],
};

/**
 * Somebody who mounts an unused claim by hand, without a hold, comes too late when the janitor has listed the Pods and is deleting it.
 * The list is a tenth of a second old then, and a fault delays the delete by up to 1.5 s. The rest is for times in whole seconds and for a
 * busy machine.
 */
const UNSEEN_BY_DELETE_MS = 5_000;

/**
 * A person mounts a claim that another Pod owns, without a hold. Until a sweep makes the person's Pod an owner too, the claim goes with the
 * other Pod. Sweeps follow each other within seconds; faults and a busy machine delay them.
 */
const NOT_YET_OWNER_MS = 60_000;

/** What a storm has done. */
export interface Storm extends AuditedStorm {
  /** In the order of the API server. */
  readonly changes: readonly StoredChange[];
  /** Namespaces that were deleted. */
  readonly deletedNamespaces: ReadonlySet<string>;
}

/** What is wrong, and what happened. */
export interface Verdicts {
  readonly violations: readonly string[];
  /** Deletes of claims by who asked for them first. */
  readonly deletes: ReadonlyMap<string, number>;
  /** Changes by which a claim got its first owner. */
  readonly adoptions: number;
  /** Pods that got a claim which another Pod had before. */
  readonly handOvers: number;
  /** Claims that went although a person had mounted them by hand without a hold. The documentation warns of this. */
  readonly lostWithoutHold: number;
}

/** A claim, what is known of its past, and the Pods that name it now. */
interface ClaimState {
  claim: SeenClaim;
  hadPod: boolean;
}

/** Goes through the storm change by change. */
export function checkStorm(storm: Storm): Verdicts {
  const { changes, claimWrites, deletedNamespaces } = storm;
  const violations: string[] = [];
  const deletes = new Map<string, number>();
  let adoptions = 0;
  let handOvers = 0;
  let lostWithoutHold = 0;
  const claims = new Map<string, ClaimState>();
  const foreign = new Set<string>();
  const users = new Map<string, Map<string, SeenPod>>();
  const deletesOf = Map.groupBy(
    claimWrites.filter(
      ({ mayHaveWorked, verb }) => mayHaveWorked && verb === "delete",
    ),
    keyOf,
  );

  for (const change of changes)
    if (change.kind === "pod") onPod(change.object, change.gone);
    else onClaim(change.object, change.gone);
  for (const write of claimWrites) onWrite(write);
  return { violations, deletes, adoptions, handOvers, lostWithoutHold };

  function onPod(pod: SeenPod, gone: boolean): void {
    for (const name of pod.claims) {
      const key = `${pod.namespace}/${name}`;
      const others = users.get(key) ?? new Map<string, SeenPod>();
      users.set(key, others);
      if (!gone && !others.has(pod.uid)) onFirstUse(pod, key, others);
      if (gone) others.delete(pod.uid);
      else others.set(pod.uid, pod);
    }
  }

  function onFirstUse(
    pod: SeenPod,
    key: string,
    others: ReadonlyMap<string, SeenPod>,
  ): void {
    const state = claims.get(key);
    const mustExist =
      pod.byHand !== "without a hold" && !deletedNamespaces.has(pod.namespace);
    if (mustExist && (state === undefined || isBeingDeleted(state.claim)))
      violations.push(
        `Pod ${pod.name} names claim ${key}, which is ${state ? "being deleted" : "not there"}`,
      );
    if (pod.admitted)
      for (const other of others.values())
        if (other.admitted && !other.finished)
          violations.push(
            `Pods ${other.name} and ${pod.name} both have claim ${key}`,
          );
    if (pod.admitted && state) {
      if (state.hadPod) handOvers += 1;
      state.hadPod = true;
    }
  }

  function onClaim(claim: SeenClaim, gone: boolean): void {
    const key = keyOf(claim);
    if (!claim.ours) foreign.add(key);
    const known = claims.get(key);
    const before = known?.claim.uid === claim.uid ? known : undefined;
    if (
      (gone || isBeingDeleted(claim)) &&
      before !== undefined &&
      !isBeingDeleted(before.claim)
    )
      onDeletion(before, claim.deletedAt ?? before.claim.createdAt);
    if (before?.claim.owners.length === 0 && claim.owners.length > 0)
      adoptions += 1;
    if (gone) claims.delete(key);
    else claims.set(key, { claim, hadPod: before?.hadPod ?? false });
  }

  /** The claim is as it was right before. */
  function onDeletion({ claim, hadPod }: ClaimState, at: number): void {
    const key = keyOf(claim);
    const by = whoDeleted(claim, at);
    deletes.set(by, (deletes.get(by) ?? 0) + 1);
    const wrong = (why: string): unknown =>
      violations.push(`${by} deletes claim ${key}, ${why}`);
    const isOurProgram = by === FUNCTION || by === JANITOR;
    // Everything goes with its namespace, and the owner of a claim that is not ours may go first.
    if (!isOurProgram && deletedNamespaces.has(claim.namespace)) return;
    if (!isOurProgram && by !== GARBAGE_COLLECTOR) wrong("and must not");
    if (!claim.ours) wrong("which is not ours");
    if (claim.held) wrong("which is held");
    // The function takes back what no Pod had.
    if (claim.stays && (by !== FUNCTION || hadPod))
      wrong(`whose retention is ${claim.stays}`);
    if (by === GARBAGE_COLLECTOR && claim.owners.length === 0)
      wrong("which has no owner");
    let lost = false;
    for (const pod of users.get(key)?.values() ?? [])
      if (isExcused(pod, claim, by, at)) lost = true;
      else wrong(`which Pod ${pod.name} names`);
    if (lost) lostWithoutHold += 1;
  }

  /** The first whose delete may have worked. A delete of a whole namespace names no claim. */
  function whoDeleted(claim: SeenClaim, at: number): string {
    const first = (deletesOf.get(keyOf(claim)) ?? [])
      .filter(
        ({ answeredAt, receivedAt }) =>
          answeredAt >= at && receivedAt < at + 1_000,
      )
      .toSorted((a, b) => a.answeredAt - b.answeredAt)[0];
    if (first) return first.user;
    return deletedNamespaces.has(claim.namespace)
      ? NAMESPACE_CONTROLLER
      : "somebody unknown";
  }

  function onWrite(write: ClaimWrite): void {
    const { name, namespace, mayHaveWorked, user, verb } = write;
    const what = `${user} asks to ${verb} claim ${namespace}/${name ?? "(all)"}`;
    const isOurProgram = user === FUNCTION || user === JANITOR;
    // Refused ones, too: our programs know what they must not do.
    if ((mayHaveWorked || isOurProgram) && !ALLOWED[user]?.includes(verb))
      violations.push(what);
    if (isOurProgram && verb !== "create" && foreign.has(keyOf(write)))
      violations.push(`${what}, which is not ours`);
  }
}

/** True for a Pod of a person, without a hold, that nobody could save the claim for. */
function isExcused(
  pod: SeenPod,
  { owners }: SeenClaim,
  by: string,
  at: number,
): boolean {
  if (pod.byHand !== "without a hold") return false;
  const age = at - pod.createdAt;
  // The garbage collector asks only for the owners.
  if (by === GARBAGE_COLLECTOR)
    return !owners.includes(pod.uid) && age < NOT_YET_OWNER_MS;
  return by === JANITOR && age < UNSEEN_BY_DELETE_MS;
}

function isBeingDeleted({ deletedAt }: SeenClaim): boolean {
  return deletedAt !== undefined;
}

function keyOf({
  name,
  namespace,
}: Pick<ClaimWrite, "namespace" | "name">): string {
  return `${namespace}/${name ?? ""}`;
}

/** What is left. */
export interface Remains {
  readonly pods: readonly SeenPod[];
  readonly claims: readonly SeenClaim[];
}

/** Claims of ours that should be gone: no Pod names them, and nothing says that they stay. Others go with their namespaces. */
export function orphansIn(
  { claims, pods }: Remains,
  deletedNamespaces: ReadonlySet<string>,
): string[] {
  const used = new Set(
    pods.flatMap(({ claims: names, namespace }) =>
      names.map((name) => `${namespace}/${name}`),
    ),
  );
  return claims
    .filter(({ held, ours, stays }) => ours && !held && stays === undefined)
    .filter(({ namespace }) => !deletedNamespaces.has(namespace))
    .map(keyOf)
    .filter((key) => !used.has(key));
}

/** What is wrong with what is left, apart from orphans. */
export function missingIn(
  { claims, pods }: Remains,
  deletedNamespaces: ReadonlySet<string>,
): string[] {
  const there = new Set(
    claims.filter((claim) => !isBeingDeleted(claim)).map(keyOf),
  );
  return pods
    .filter(
      ({ byHand, namespace }) =>
        byHand !== "without a hold" && !deletedNamespaces.has(namespace),
    )
    .flatMap(({ claims: names, name, namespace }) =>
      names
        .filter((claim) => !there.has(`${namespace}/${claim}`))
        .map((claim) => `Pod ${namespace}/${name} names claim ${claim}`),
    );
}
