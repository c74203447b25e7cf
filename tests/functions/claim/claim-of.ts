import { buildClaim } from "../../../functions/claim/build.ts";
import type { ClaimManifest } from "../../../functions/claim/build.ts";

/** A claim `web-data-0` in namespace `shop` that asks for this much, of the default class unless one is given. */
export function claimOf(
  storage: string,
  storageClassName?: string,
): ClaimManifest {
  return buildClaim(
    "web-data-0",
    {
      volume: "data",
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage } },
        ...(storageClassName !== undefined && { storageClassName }),
      },
      lifeCycle: {},
    },
    {
      requestUid: "uid",
      requestedAt: "2030-01-01T12:00:00.000Z",
      namespace: "shop",
      controller: undefined,
    },
  );
}
