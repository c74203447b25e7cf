import { randomUUID } from "node:crypto";
import { aPod, aRequest } from "../../support/builders.ts";
import { claimFor } from "./unchecked-admission.ts";
import type { Review } from "./unchecked-admission.ts";

/** A claim like those that the function creates for `aPod`, for a client that creates it itself. */
export function aClaim(
  namespace: string,
  uid: string = randomUUID(),
): ReturnType<typeof claimFor> {
  return claimFor(aRequest(aPod(), { uid, namespace }) as Review["request"]);
}
