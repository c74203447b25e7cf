import type { V1Pod } from "@kubernetes/client-node";
import {
  CLAIM_LABEL_PREFIX,
  CLAIM_NAME_LABEL,
} from "../../functions/contract/keys.ts";
import { hasEnded } from "../../functions/contract/finished-pod.ts";
import {
  lifeCycleIn,
  waitsOnMiss,
} from "../../functions/contract/life-cycle.ts";
import { heldBy } from "../../functions/contract/hold.ts";
import type { ClaimSet } from "./claim-sets.ts";
import { pendingBecauseOf } from "./pending-pod.ts";
import type { PodsByClaim } from "./pod-uses-claim.ts";
import type { Cause, QuarantineContext } from "./quarantine.ts";
import { nodesOfSet } from "./set-nodes.ts";
import type { SetNodes, VolumeNodes } from "./set-nodes.ts";

/** What a sweep sees of a set besides its claims. */
export interface SetFindings extends QuarantineContext {
  /** Undefined when the volumes or nodes are not known. */
  readonly nodes: SetNodes | undefined;
  /** Why it must not be handed out. */
  readonly causes: readonly Cause[];
}

/** Looks at the Pods and the volumes of a set. `volumeNodes` is undefined when they are not known. */
export function findingsOf(
  set: ClaimSet,
  users: PodsByClaim,
  volumeNodes: VolumeNodes | undefined,
  now: number,
): SetFindings {
  const nodes =
    volumeNodes && set.volumes.length > 0
      ? nodesOfSet(set, volumeNodes)
      : undefined;
  const pods = podsOf(set, users);
  const byHand = mountedByHand(set, users);
  const pending =
    nodes &&
    volumeNodes &&
    pendingBecauseOf(set, pods, nodes, volumeNodes.attachments, now);
  return {
    now,
    changedAt: set.leader?.changedAt ?? now,
    nodes,
    nodesKnown: nodes !== undefined,
    hasPods: pods.length > 0,
    waits: set.members.some(({ annotations }) =>
      waitsOnMiss(lifeCycleIn(annotations)),
    ),
    causes: [
      ...(byHand.length > 0
        ? [{ kind: "byHand", of: podNames(byHand) } as const]
        : []),
      ...(nodes?.newNode === undefined
        ? []
        : [{ kind: "newNode", of: nodes.newNode } as const]),
      ...(nodes?.goneNode === undefined
        ? []
        : [{ kind: "goneNode", of: nodes.goneNode } as const]),
      ...(pending
        ? [
            {
              kind: "pending",
              of: `Pod ${pending.name}: ${pending.why}`,
            } as const,
          ]
        : []),
    ],
  };
}

function podsOf({ members }: ClaimSet, users: PodsByClaim): readonly V1Pod[] {
  const all = members.flatMap(({ name }) => users.get(name) ?? []);
  return [...new Set(all)].filter((pod) => !hasEnded(pod));
}

/**
 * Pods that use a claim of the set and that the function does not see: it finds Pods by their labels. Somebody who holds the set
 * knows what they do.
 */
function mountedByHand(
  { members }: ClaimSet,
  users: PodsByClaim,
): readonly V1Pod[] {
  if (members.some(heldBy)) return [];
  const pods = members.flatMap(({ name }) =>
    (users.get(name) ?? []).filter(
      (pod) => !hasEnded(pod) && !isSeenByFunction(pod, name),
    ),
  );
  return [...new Set(pods)];
}

function isSeenByFunction({ metadata }: V1Pod, claim: string): boolean {
  const labels = metadata?.labels ?? {};
  return (
    labels[CLAIM_NAME_LABEL] !== undefined &&
    Object.entries(labels).some(
      ([key, value]) => key.startsWith(CLAIM_LABEL_PREFIX) && value === claim,
    )
  );
}

/** Most Pods that a text names; one is enough to look at. */
const NAMED_PODS = 3;

function podNames(pods: readonly V1Pod[]): string {
  const named = pods
    .slice(0, NAMED_PODS)
    .map(({ metadata }) => metadata?.name ?? "")
    .join(", ");
  const rest = pods.length - NAMED_PODS;
  return `${pods.length === 1 ? "Pod" : "Pods"} ${named}${rest > 0 ? ` and ${rest} more` : ""}`;
}
