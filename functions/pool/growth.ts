import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { parseQuantity } from "../contract/quantity.ts";
import type { ClaimSpec } from "../template/template.ts";

/** Claims of a set by their volumes. */
type Members = ReadonlyMap<string, V1PersistentVolumeClaim>;
/** What a Pod wants of them. */
type Volumes = ReadonlyMap<string, ClaimSpec>;

/** The size to which a claim must grow, and the version of it that was listed. */
export interface Growth {
  readonly resourceVersion: string | undefined;
  readonly storage: string;
}

/** The size to which a claim of the set must grow, because its template asks for more; undefined when it is large enough. */
export function growthOf(
  claim: V1PersistentVolumeClaim | undefined,
  wanted: ClaimSpec,
): string | undefined {
  const { storage } = wanted.resources.requests;
  return (parseQuantity(storage) ?? 0) > requestedBytes(claim)
    ? storage
    : undefined;
}

/** The claims that must grow, by their names. */
export function growthsOf(
  members: Members,
  volumes: Volumes,
): ReadonlyMap<string, Growth> {
  return new Map(
    [...volumes].flatMap(([volume, spec]) => {
      const claim = members.get(volume);
      const storage = growthOf(claim, spec);
      return storage === undefined
        ? []
        : [
            [
              claim?.metadata?.name ?? "",
              { resourceVersion: claim?.metadata?.resourceVersion, storage },
            ] as const,
          ];
    }),
  );
}

/** True when each claim of one set that must grow has a counterpart in the other of the same class that must grow as much or more. */
export function growsNoLess(
  other: Members,
  one: Members,
  volumes: Volumes,
): boolean {
  return [...volumes].every(([volume, spec]) => {
    const claim = one.get(volume);
    const counterpart = other.get(volume);
    return (
      growthOf(claim, spec) === undefined ||
      (counterpart?.spec?.storageClassName === claim?.spec?.storageClassName &&
        requestedBytes(counterpart) <= requestedBytes(claim))
    );
  });
}

/** The size that a claim requests, in bytes. */
function requestedBytes(claim: V1PersistentVolumeClaim | undefined): number {
  const storage = claim?.spec?.resources?.requests?.["storage"];
  return (storage === undefined ? undefined : parseQuantity(storage)) ?? 0;
}
