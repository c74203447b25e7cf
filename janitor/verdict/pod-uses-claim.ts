import type { V1Pod } from "@kubernetes/client-node";
import { isDoubtful } from "../../functions/contract/finished-pod.ts";
import {
  CLAIM_LABEL_PREFIX,
  TEMPLATE_NAME,
} from "../../functions/contract/keys.ts";
import type { ClaimMetadata } from "./claim-metadata.ts";

/** Pods by the name of each claim they use. */
export type PodsByClaim = ReadonlyMap<string, readonly V1Pod[]>;

/**
 * Names of the claims that the Pod's volumes use: by name, or made for it by the ephemeral volume controller, which
 * calls them `<pod>-<volume>`: https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
 */
export function claimsUsedBy(pod: V1Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    const named = volume.persistentVolumeClaim?.claimName;
    if (named) return named;
    return volume.ephemeral && pod.metadata?.name
      ? `${pod.metadata.name}-${volume.name}`
      : [];
  });
}

/** Every Pod object counts, whatever its phase: scheduled or not, finished or not, Terminating or not. */
export function podsByClaim(pods: readonly V1Pod[]): PodsByClaim {
  const byClaim = new Map<string, V1Pod[]>();
  for (const pod of pods) {
    for (const claim of new Set(claimsUsedBy(pod))) {
      const users = byClaim.get(claim);
      if (users) users.push(pod);
      else byClaim.set(claim, [pod]);
    }
  }
  return byClaim;
}

/** True for the Pod that the function made the claim for: it wrote the claim's name into the Pod's labels. */
export function wasMadeFor(
  { labels, name }: Pick<ClaimMetadata, "labels" | "name">,
  pod: V1Pod,
): boolean {
  const volume = labels[TEMPLATE_NAME] ?? "";
  return pod.metadata?.labels?.[`${CLAIM_LABEL_PREFIX}${volume}`] === name;
}

/** Most Pods that a sentence names; one is enough to look at. */
const NAMED_PODS = 3;

/** Pods for people: `Pod web-1 (Running)`, `Pods web-1 (Pending, no node yet), web-2 (Running, Terminating)`. */
export function describePods(pods: readonly V1Pod[]): string {
  const named = pods.slice(0, NAMED_PODS).map(describePod).join(", ");
  const rest = pods.length - NAMED_PODS;
  return `${pods.length === 1 ? "Pod" : "Pods"} ${named}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function describePod(pod: V1Pod): string {
  const state = [pod.status?.phase ?? "Pending"];
  if (isDoubtful(pod)) state.push("may still run");
  if (!pod.spec?.nodeName) state.push("no node yet");
  if (pod.metadata?.deletionTimestamp) state.push("Terminating");
  return `${pod.metadata?.name ?? "without a name"} (${state.join(", ")})`;
}
