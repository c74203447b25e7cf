import type { ClaimMetadata } from "../../janitor/verdict/claim-metadata.ts";
import { aClaim } from "./objects.ts";

export const ABOUT_TO_DELETE = "the janitor is about to delete it";
export const DELETION_ENDED =
  "the janitor does not delete it any more, and waits until no delete is on its way";
export const REUSE = { "volume-claim-template/retention": "Reuse" };

export type Over = Parameters<typeof aClaim>[0] & object;

/**
 * A set of `size` reused claims of pool `p`. Marks and leases in `over` are its leader's alone; so is what `given` says of the
 * first or the second claim.
 */
export function aSet(
  size: number,
  over: Over = {},
  given: Partial<Record<"first" | "second", Over>> = {},
): ClaimMetadata[] {
  const { requestUid = "set" } = over;
  const nameOf = (index: number): Pick<Over, "requestUid"> => ({
    requestUid: `${requestUid}-${index}`,
  });
  const leader = aClaim(nameOf(0)).name;
  return Array.from({ length: size }, (_, index) => {
    const own = index === 0 ? given.first : given.second;
    return aClaim({
      ...over,
      ...own,
      ...nameOf(index),
      labels: {
        "volume-claim/pool": "p",
        "volume-claim/set": leader,
        ...over.labels,
        ...own?.labels,
      },
      annotations: {
        ...REUSE,
        ...Object.fromEntries(
          Object.entries(over.annotations ?? {}).filter(
            ([key]) => index === 0 || !key.startsWith("volume-claim/"),
          ),
        ),
        ...own?.annotations,
      },
    });
  });
}

export function itemOf<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}

export function markedAt(time: number): Record<string, string> {
  return { "volume-claim/unused-since": new Date(time).toISOString() };
}

/** A lease of that time. */
export function leaseAt(time: number): Record<string, string> {
  return {
    "volume-claim/lease-request": "a-request",
    "volume-claim/lease-time": new Date(time).toISOString(),
  };
}
