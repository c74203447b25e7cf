import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { ownerReferenceChange } from "../../../janitor/verdict/owner-references.ts";
import type { OwnerReferenceChange } from "../../../janitor/verdict/owner-references.ts";
import type { ClaimMetadata } from "../../../janitor/verdict/claim-metadata.ts";
import { podsByClaim } from "../../../janitor/verdict/pod-uses-claim.ts";
import { aClaim, podOf } from "../objects.ts";

/** A claim, the Pods that name it, and how its owners are to change. */
export interface OwnerReferenceCase {
  readonly name: string;
  readonly claim: ClaimMetadata;
  readonly pods: readonly V1Pod[];
  /** True unless given. */
  readonly adopt?: boolean;
  readonly change: OwnerReferenceChange | undefined;
}

/** The Pod that the claim was made for. */
export const own = podOf(aClaim(), "web-1");
/** A Pod that only owner references still name. */
export const gone = podOf(aClaim(), "gone");

/** A test for each. */
export function itChangesOwners(cases: readonly OwnerReferenceCase[]): void {
  for (const { name, claim, pods, adopt = true, change } of cases)
    it(name, () => {
      expect(
        ownerReferenceChange(claim, podsByClaim(pods), adopt),
      ).to.deep.equal(change);
    });
}
