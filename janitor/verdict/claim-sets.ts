import { POOL_LABEL, SET_LABEL } from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import type { ListedClaim } from "./pending-clones.ts";

/** The claims that one Pod got together and that a later Pod gets together. */
export interface ClaimSet {
  /** Name of the claim that leads it. */
  readonly name: string;
  /** The claim that has the lease and the marks; undefined when it is gone. */
  readonly leader: ClaimMetadata | undefined;
  /** All its claims, the leader included. */
  readonly members: readonly ClaimMetadata[];
  /** Names of the volumes that its claims are bound to. */
  readonly volumes: readonly string[];
}

/** The sets of a namespace. */
export interface ClaimSets {
  readonly byName: ReadonlyMap<string, ClaimSet>;
  /** By the pool that the leader names. */
  readonly byPool: ReadonlyMap<string, readonly ClaimSet[]>;
}

export const NO_SETS: ClaimSets = { byName: new Map(), byPool: new Map() };

/** The sets among all claims of a namespace, ours or not. */
export function claimSets(claims: readonly ListedClaim[]): ClaimSets {
  const members = new Map<string, ListedClaim[]>();
  for (const one of claims) add(members, one.claim.labels[SET_LABEL], one);
  const byName = new Map<string, ClaimSet>();
  const byPool = new Map<string, ClaimSet[]>();
  for (const [name, listed] of members) {
    const ofSet = listed.map(({ claim }) => claim);
    const leader = ofSet.find((claim) => claim.name === name);
    const volumes = listed.flatMap(({ volume }) => volume ?? []);
    const set = { name, leader, members: ofSet, volumes };
    byName.set(name, set);
    add(byPool, leader?.labels[POOL_LABEL], set);
  }
  return { byName, byPool };
}

/** The set of a claim, when its label names one. */
export function setOf(
  { labels }: Pick<ClaimMetadata, "labels">,
  { byName }: ClaimSets,
): ClaimSet | undefined {
  return byName.get(labels[SET_LABEL] ?? "");
}

/** The claim on which sweeps write what they find about `claim`: the leader of its set, or itself. */
export function markedFor(
  claim: ClaimMetadata,
  sets: ClaimSets,
): ClaimMetadata {
  return setOf(claim, sets)?.leader ?? claim;
}

function add<T>(
  lists: Map<string, T[]>,
  key: string | undefined,
  item: T,
): void {
  if (key === undefined) return;
  const others = lists.get(key);
  if (others) others.push(item);
  else lists.set(key, [item]);
}
