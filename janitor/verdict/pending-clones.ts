import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { CLAIM_KIND } from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";

/** A claim of a namespace, ours or not. */
export interface ListedClaim {
  readonly claim: ClaimMetadata;
  /** Name of the claim whose volume is still to be copied into this one's. */
  readonly clones?: string;
  /** Name of the volume that it is bound to. */
  readonly volume?: string;
}

/** Names of the clones that are still to be made, by the name of the claim that they are made of. */
export type ClonesBySource = ReadonlyMap<string, readonly string[]>;

export const NO_CLONES: ClonesBySource = new Map();

/**
 * The claim of its own namespace that a claim is still to be made a clone of. A Bound claim has its copy, and a Lost one had it:
 * https://kubernetes.io/docs/concepts/storage/volume-pvc-datasource/ A source in another namespace, which takes an alpha feature
 * of the API server, is not looked for.
 */
export function pendingSourceOf({
  metadata,
  spec,
  status,
}: V1PersistentVolumeClaim): string | undefined {
  if (status?.phase === "Bound" || status?.phase === "Lost") return undefined;
  const { dataSource, dataSourceRef } = spec ?? {};
  if (dataSource?.kind === CLAIM_KIND && !dataSource.apiGroup)
    return dataSource.name;
  return dataSourceRef?.kind === CLAIM_KIND &&
    !dataSourceRef.apiGroup &&
    (dataSourceRef.namespace ?? metadata?.namespace) === metadata?.namespace
    ? dataSourceRef.name
    : undefined;
}

/** The pending clones among all claims of a namespace. */
export function clonesBySource(claims: readonly ListedClaim[]): ClonesBySource {
  const bySource = new Map<string, string[]>();
  for (const { claim, clones } of claims) {
    if (clones === undefined) continue;
    const others = bySource.get(clones);
    if (others) others.push(claim.name);
    else bySource.set(clones, [claim.name]);
  }
  return bySource;
}

/** Most clones that a sentence names; one is enough to look at. */
const NAMED_CLONES = 3;

/** Clones for people: `web-cache-1`, `web-cache-1, web-cache-2 and 5 more`. */
export function describeClones(clones: readonly string[]): string {
  const rest = clones.length - NAMED_CLONES;
  return `${clones.slice(0, NAMED_CLONES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
