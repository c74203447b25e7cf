import type { V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { heldBy } from "../../functions/contract/hold.ts";
import {
  foreignOwner,
  isBound,
  isOurs,
  isOwnerOfOurs,
  isPodOwner,
} from "./claim-metadata.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";
import { goesWithItsPod } from "./life-cycle.ts";
import { originInDoubt } from "./origin-in-doubt.ts";
import { NO_CLONES } from "./pending-clones.ts";
import type { ClonesBySource } from "./pending-clones.ts";
import { wasMadeFor } from "./pod-uses-claim.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";

/** A claim that more Pods than this name is shared by hand. A write for each new Pod would gain nothing. */
const MAX_OWNERS = 8;

/** The owner references a claim should have instead of those it has. */
export interface OwnerReferenceChange {
  readonly change: "adopt" | "release";
  readonly ownerReferences: readonly V1OwnerReference[];
}

/**
 * Which owners a claim lacks, or must lose, so that the garbage collector deletes it with its last Pod and not before.
 * Undefined when it has the right ones. References to Pods that are gone stay: removing them because of one list could drop a
 * live Pod, and the garbage collector, which asks for each by name, removes them itself.
 *
 * Only the first owner can do harm: without an owner the garbage collector leaves the claim alone. Each further one, even a
 * Terminating Pod, only keeps the claim longer. So the first owner must be a Pod that stays for a while; later ones need not.
 *
 * A claim that somebody holds, or whose retention somebody changes to Retain, keeps its owners until the next sweep. If its
 * last Pod goes before that, the garbage collector is quicker and the claim is lost. To prevent this, remove the owners by hand
 * in the same change.
 */
export function ownerReferenceChange(
  claim: ClaimMetadata,
  users: PodsByClaim,
  adopt: boolean,
  clones: ClonesBySource = NO_CLONES,
): OwnerReferenceChange | undefined {
  if (claim.deletedAt !== undefined) return undefined;
  if (!isOurs(claim) || foreignOwner(claim)) return undefined;
  const release: OwnerReferenceChange | undefined = claim.ownerReferences.some(
    isOwnerOfOurs,
  )
    ? {
        change: "release",
        ownerReferences: claim.ownerReferences.filter(
          (owner) => !isOwnerOfOurs(owner),
        ),
      }
    : undefined;
  // The garbage collector knows none of these: it deletes the claim after its last owner.
  if (heldBy(claim) || !goesWithItsPod(claim) || clones.has(claim.name))
    return release;

  const pods = users.get(claim.name) ?? [];
  if (pods.length > MAX_OWNERS) return release;
  // The garbage collector does not wait for the volume either: a claim that gets one just now is adopted by a later run.
  if (!adopt || pods.length === 0 || !isBound(claim)) return undefined;
  // The first sweep that sees its Pod writes that on the claim; a later one sets the Pod as owner.
  if (originInDoubt(claim)) return undefined;
  // Pods that mount the claim by hand become owners too where there is one already: it must outlast them all.
  if (
    !isOwnedByPod(claim) &&
    !pods.some((pod) => wasMadeFor(claim, pod) && isThereForAWhile(pod))
  )
    return undefined;
  const owners = pods.map(ownerReference);
  if (owners.some((owner) => owner.uid === "")) return undefined;
  const missing = owners.filter(
    ({ uid }) => !claim.ownerReferences.some((owner) => owner.uid === uid),
  );
  if (missing.length === 0) return undefined;
  return {
    change: "adopt",
    ownerReferences: [...claim.ownerReferences, ...missing],
  };
}

/**
 * The adoption that two lists of Pods, `first` and `now`, agree on. Between them the Pods of a claim that has no owner yet must not
 * have changed, so that a Pod swapped in by hand keeps its claim.
 */
export function confirmedAdoption(
  claim: ClaimMetadata,
  first: PodsByClaim,
  now: PodsByClaim,
): OwnerReferenceChange | undefined {
  if (!isOwnedByPod(claim) && uidsOf(claim, first) !== uidsOf(claim, now))
    return undefined;
  const change = ownerReferenceChange(claim, now, true);
  return change?.change === "adopt" ? change : undefined;
}

function isOwnedByPod(claim: ClaimMetadata): boolean {
  return claim.ownerReferences.some(isPodOwner);
}

function uidsOf(claim: ClaimMetadata, users: PodsByClaim): string {
  const uids = (users.get(claim.name) ?? []).map(
    (pod) => pod.metadata?.uid ?? "",
  );
  return uids.toSorted().join();
}

/**
 * True for a Pod that stays for a while. A deleted Pod that has a node stays until its kubelet has
 * stopped it. A Pod without a node, which people replace by hand when it is stuck, goes at once, and nothing protects its claim:
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
function isThereForAWhile({ metadata, spec }: V1Pod): boolean {
  return Boolean(spec?.nodeName) && metadata?.deletionTimestamp === undefined;
}

/** Without blockOwnerDeletion: setting it needs a right on the Pod's finalizers, and no Pod should wait for its claim. */
function ownerReference(pod: V1Pod): V1OwnerReference {
  return {
    apiVersion: "v1",
    kind: "Pod",
    name: pod.metadata?.name ?? "",
    uid: pod.metadata?.uid ?? "",
  };
}
