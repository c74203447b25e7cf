import type { V1Pod } from "@kubernetes/client-node";
import {
  NODE_AFFINITY_ANNOTATION,
  NODE_UIDS_ANNOTATION,
  QUARANTINE_ANNOTATION,
  UNUSED_SINCE_ANNOTATION,
  USED_AS_ANNOTATION,
} from "../../functions/contract/keys.ts";
import { NotSentError } from "../../functions/kubernetes/api-server.ts";
import { identityOf } from "../../janitor/verdict/claim-metadata.ts";
import type { ClaimMetadata } from "../../janitor/verdict/claim-metadata.ts";
import type { VolumeNodes } from "../../janitor/verdict/set-nodes.ts";
import { onlyTellsOfUse } from "../../janitor/cluster/claim-patch.ts";
import type { ClaimChange } from "../../janitor/cluster/claim-patch.ts";
import type { Cluster } from "../../janitor/cluster/cluster.ts";
import type { WriteOutcome } from "../../janitor/cluster/conditional-write.ts";
import { NOW } from "./objects.ts";

/** A call of the port, for hooks: `deleteClaim shop/web-cache-x`, `listPods shop`; `queue` while a delete waits for its turn. */
type Hook = (call: string) => void;

/** A cluster in memory. Uid and resourceVersion are conditions of its writes, as in the API server. */
export interface FakeCluster extends Cluster {
  readonly claims: ClaimMetadata[];
  /** Pods by namespace. */
  readonly pods: Record<string, V1Pod[]>;
  /** What a claim is still to be a clone of, by its name. */
  readonly sources: Record<string, string>;
  /** The volume that a claim is bound to, by its name. */
  readonly volumes: Record<string, string>;
  /** What the account may read of volumes and nodes. */
  nodes: VolumeNodes | undefined;
  /** The clock of a run, in milliseconds. */
  time: number;
  readonly phases: Record<string, "active" | "terminating" | "missing">;
  /** Calls so far, in order. */
  readonly calls: string[];
  /** Events so far: `shop/web-cache-x: why`. */
  readonly events: string[];
  serverTime: number | undefined;
  /** Runs before each call; may change the cluster, or throw instead of the call. */
  before: Hook;
}

export function fakeCluster({
  claims = [],
  pods = {},
}: {
  claims?: readonly ClaimMetadata[];
  pods?: Record<string, V1Pod[]>;
} = {}): FakeCluster {
  const called = async (name: string, subject: string): Promise<void> => {
    const call = `${name} ${subject}`;
    cluster.calls.push(call);
    await Promise.resolve();
    cluster.before(call);
  };
  const conditionally = (
    claim: ClaimMetadata,
    write: (index: number) => void,
    anyVersion = false,
  ): WriteOutcome => {
    const index = cluster.claims.findIndex((one) => isSameName(one, claim));
    const found = cluster.claims[index];
    if (!found) return "gone-already";
    if (
      found.uid !== claim.uid ||
      (found.resourceVersion !== claim.resourceVersion && !anyVersion)
    )
      return "changed-meanwhile";
    write(index);
    return "done";
  };
  const cluster: FakeCluster = {
    claims: [...claims],
    pods,
    sources: {},
    volumes: {},
    nodes: undefined,
    time: 0,
    phases: {},
    calls: [],
    events: [],
    serverTime: NOW,
    before: () => undefined,
    listClaims: async (namespace) => {
      await called("listClaims", namespace ?? "everywhere");
      return {
        items: cluster.claims
          .filter(
            (claim) => namespace === undefined || claim.namespace === namespace,
          )
          .map((claim) => identityOf(claim)),
        serverTime: cluster.serverTime,
      };
    },
    recentState: () => Promise.resolve({ asOf: cluster.time }),
    listPods: async (namespace) => {
      await called("listPods", namespace);
      return [...(cluster.pods[namespace] ?? [])];
    },
    listAllClaims: async (namespace) => {
      await called("listAllClaims", namespace);
      return cluster.claims
        .filter((claim) => claim.namespace === namespace)
        .map((claim) => {
          const clones = cluster.sources[claim.name];
          const volume = cluster.volumes[claim.name];
          return {
            claim,
            ...(clones !== undefined && { clones }),
            ...(volume !== undefined && { volume }),
          };
        });
    },
    namespacePhase: async (namespace) => {
      await called("namespacePhase", namespace);
      return cluster.phases[namespace] ?? "active";
    },
    deleteClaim: async (claim, stillWanted) => {
      cluster.before(`queue ${pathOf(claim)}`);
      if (!stillWanted()) throw new NotSentError("not wanted any more");
      await called("deleteClaim", pathOf(claim));
      const outcome = conditionally(claim, (index) => {
        cluster.claims.splice(index, 1);
      });
      return { outcome, at: NOW };
    },
    patchClaim: async (claim, change) => {
      await called("patchClaim", pathOf(claim));
      return conditionally(
        claim,
        (index) => {
          const found = cluster.claims[index];
          if (!found) return;
          cluster.claims[index] = changed(found, change, cluster.serverTime);
        },
        onlyTellsOfUse(change),
      );
    },
    adoptClaim: async (claim, ownerReferences) => {
      await called("adoptClaim", pathOf(claim));
      return conditionally(claim, (index) => {
        cluster.claims[index] = { ...touched(claim), ownerReferences };
      });
    },
    volumeNodes: async () => {
      await called("volumeNodes", "everywhere");
      return cluster.nodes;
    },
    recordQuarantine: async (claim, why) => {
      await called("recordQuarantine", pathOf(claim));
      cluster.events.push(`${pathOf(claim)}: ${why}`);
    },
    recordDeletion: async (claim, why) => {
      await called("recordDeletion", pathOf(claim));
      cluster.events.push(`${pathOf(claim)}: ${why}`);
    },
  };
  return cluster;
}

/** The claim as it is after somebody wrote to it. */
export function touched(claim: ClaimMetadata): ClaimMetadata {
  return { ...claim, resourceVersion: `${claim.resourceVersion}+` };
}

function changed(
  claim: ClaimMetadata,
  change: ClaimChange,
  serverTime: number | undefined,
): ClaimMetadata {
  const { ownerReferences, unusedSince, quarantine: put, used } = change;
  const {
    [UNUSED_SINCE_ANNOTATION]: mark,
    [QUARANTINE_ANNOTATION]: had,
    [NODE_AFFINITY_ANNOTATION]: knew,
    [NODE_UIDS_ANNOTATION]: knewUids,
    ...others
  } = claim.annotations;
  const nodes = change.nodeAffinity === undefined ? knew : change.nodeAffinity;
  const uids = change.nodeUids === undefined ? knewUids : change.nodeUids;
  const quarantine = put === undefined ? had : put;
  // The API server does not count a write that changes nothing.
  if (quarantine === had && Object.keys(change).join() === "quarantine")
    return claim;
  const since = unusedSince === undefined ? mark : unusedSince;
  return {
    ...touched(claim),
    ...(ownerReferences && { ownerReferences }),
    changedAt: serverTime ?? claim.changedAt,
    markWrittenAt:
      unusedSince === undefined
        ? claim.markWrittenAt
        : since
          ? serverTime
          : undefined,
    annotations: {
      ...others,
      ...(since && { [UNUSED_SINCE_ANNOTATION]: since }),
      ...(nodes != null && { [NODE_AFFINITY_ANNOTATION]: nodes }),
      ...(uids != null && { [NODE_UIDS_ANNOTATION]: uids }),
      ...(quarantine != null && { [QUARANTINE_ANNOTATION]: quarantine }),
      ...(used && { [USED_AS_ANNOTATION]: claim.uid }),
    },
  };
}

function isSameName(a: ClaimMetadata, b: ClaimMetadata): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

function pathOf({ namespace, name }: ClaimMetadata): string {
  return `${namespace}/${name}`;
}
