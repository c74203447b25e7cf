import { CoreV1Api } from "@kubernetes/client-node";
import type {
  KubeConfig,
  KubernetesObject,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";
import { expect } from "chai";
import {
  POOL_LABEL,
  QUARANTINE_ANNOTATION,
} from "../../../functions/contract/keys.ts";
import { isLive, leaseIn } from "../../../functions/contract/lease.ts";
import { eventually } from "../../support/eventually.ts";
import { followWatch } from "../../support/follow-watch.ts";
import { ClaimHistories } from "./claim-histories.ts";
import { FreeSets } from "./free-sets.ts";

/** A request that meets faults creates its claim at most this long after it has read the lists, in milliseconds. */
const REQUEST_MS = 5_000;

/** A claim that was deleted while its lease ran. */
export interface DeletedUnderLease {
  readonly claim: string;
  readonly why: string;
}

/** What a watch of a namespace has seen, from its first event on. */
export interface ExclusiveClaims {
  /** Each moment at which two Pods had one claim, or a claim that a Pod names was deleted. */
  readonly violations: readonly string[];
  /** Only the function itself may do that: the Pod of the lease was rejected. */
  readonly deletedUnderLease: readonly DeletedUnderLease[];
  /** Pods so far. */
  readonly pods: number;
  /** Sorted names of the claims that were created so far, also of those that were deleted again. */
  readonly created: readonly string[];
  /** Pods with a claim that another Pod had before. */
  readonly handOvers: number;
  /** Claims that were deleted so far. */
  readonly deleted: number;
  /**
   * The longest time from the begin of a lease until the next Pod was there, in milliseconds. If it is near the length of the lease,
   * the machine is too slow for that lease.
   */
  readonly longestToPod: number;
  /**
   * Of each pool by its hash: the most claims at one moment, and the most that were taken at one moment, by a Pod until it is gone, by
   * a lease, or by a quarantine. A request that is under way does not see a set that has become free since it read the lists.
   */
  readonly pools: ReadonlyMap<string, PoolPeaks>;
  /** Each set that was free while several new ones were created in its pool. */
  readonly passedOver: FreeSets["passedOver"];
  /** Waits until the events of all that is there now have arrived, or until there is a violation. */
  readonly catchUp: () => Promise<void>;
  readonly stop: () => void;
}

export interface PoolPeaks {
  claims: number;
  taken: number;
}

/**
 * Watches the Pods and claims of an empty namespace, and checks with each event that no two Pods have one claim. A Pod has its claims
 * from its first event until it is gone, or has finished. Each set has one claim. A lease lasts `leaseMs`.
 */
export async function watchExclusiveClaims(
  kubeConfig: KubeConfig,
  namespace: string,
  leaseMs: number,
): Promise<ExclusiveClaims> {
  const violations: string[] = [];
  const deletedUnderLease: DeletedUnderLease[] = [];
  const holders = new Map<string, V1Pod>();
  const claims = new Map<string, V1PersistentVolumeClaim>();
  const created = new Set<string>();
  const deleting = new Set<string>();
  const lastTaken = new Map<string, number>();
  const pools = new Map<string, PoolPeaks>();
  const seen = new Set<string>();
  const freeSets = new FreeSets(leaseMs);
  const histories = new ClaimHistories();
  const onPod = (type: string, pod: V1Pod): void => {
    const uid = pod.metadata?.uid ?? "";
    const name = pod.metadata?.name ?? "";
    const finished = ["Succeeded", "Failed"].includes(pod.status?.phase ?? "");
    if (type === "DELETED" || finished) {
      if (holders.delete(uid))
        for (const claim of claimsOf(pod)) histories.podWent(claim, name);
      count();
      return;
    }
    if (!holders.has(uid)) {
      seen.add(uid);
      for (const claim of claimsOf(pod)) {
        histories.podCame(claim, name);
        if (deleting.has(claim))
          violations.push(`Pod ${name} names claim ${claim}, which is deleted`);
        for (const other of holders.values())
          if (claimsOf(other).includes(claim))
            violations.push(
              `Pods ${other.metadata?.name} and ${name} both have claim ${claim}: ${histories.of(claim)}`,
            );
      }
    }
    holders.set(uid, pod);
    count();
  };
  const onClaim = (type: string, claim: V1PersistentVolumeClaim): void => {
    const name = claim.metadata?.name ?? "";
    const { deletionTimestamp } = claim.metadata ?? {};
    created.add(name);
    histories.leaseSeen(name, leaseIn(claim.metadata?.annotations, Date.now()));
    if (
      (type === "DELETED" || deletionTimestamp !== undefined) &&
      !deleting.has(name)
    )
      onDeletion(name, claim, deletionTimestamp);
    if (type === "DELETED") claims.delete(name);
    else claims.set(name, claim);
    count();
  };
  const onDeletion = (
    name: string,
    claim: V1PersistentVolumeClaim,
    // The client decodes no dates in a watch.
    at: unknown = new Date().toISOString(),
  ): void => {
    deleting.add(name);
    for (const pod of holders.values())
      if (claimsOf(pod).includes(name))
        violations.push(
          `claim ${name} of Pod ${pod.metadata?.name} is deleted`,
        );
    const now = Date.parse(String(at));
    const lease = leaseIn(claim.metadata?.annotations, now);
    if (lease && isLive(lease, now, leaseMs))
      deletedUnderLease.push({
        claim: name,
        why: `claim ${name} is deleted ${now - lease.at} ms after the begin of its lease`,
      });
  };

  /** Notes the peaks of each pool. */
  const count = (): void => {
    const now = Date.now();
    const held = new Set([...holders.values()].flatMap(claimsOf));
    freeSets.note(claims, new Set([...held, ...deleting]), now);
    const current = new Map<string, PoolPeaks>();
    for (const [name, { metadata }] of claims) {
      const pool = metadata?.labels?.[POOL_LABEL] ?? "";
      if (
        held.has(name) ||
        deleting.has(name) ||
        isLive(leaseIn(metadata?.annotations, now), now, leaseMs) ||
        metadata?.annotations?.[QUARANTINE_ANNOTATION] !== undefined
      )
        lastTaken.set(name, now);
      const of = current.get(pool) ?? { claims: 0, taken: 0 };
      of.claims += 1;
      if (now - (lastTaken.get(name) ?? 0) < REQUEST_MS) of.taken += 1;
      current.set(pool, of);
    }
    for (const [pool, of] of current) {
      const peaks = pools.get(pool) ?? { claims: 0, taken: 0 };
      peaks.claims = Math.max(peaks.claims, of.claims);
      peaks.taken = Math.max(peaks.taken, of.taken);
      pools.set(pool, peaks);
    }
  };

  /** Of the last event of each watch. */
  const versions = { pods: 0, persistentvolumeclaims: 0 };
  const follow = (
    resource: keyof typeof versions,
    onEvent: (type: string, object: never) => void,
  ): Promise<() => void> =>
    followWatch(
      kubeConfig,
      `/api/v1/namespaces/${namespace}/${resource}`,
      (type, object) => {
        versions[resource] = versionOf(object);
        onEvent(type, object);
      },
      (error) => violations.push(`the watch has a gap: ${error}`),
    );
  const watches = await Promise.all([
    follow("pods", onPod),
    follow("persistentvolumeclaims", onClaim),
  ]);
  const core = kubeConfig.makeApiClient(CoreV1Api);
  return {
    violations,
    deletedUnderLease,
    get pods() {
      return seen.size;
    },
    get created() {
      return [...created].toSorted();
    },
    get deleted() {
      return deleting.size;
    },
    get handOvers() {
      return histories.handOvers();
    },
    get longestToPod() {
      return histories.longestToPod();
    },
    pools,
    passedOver: (isOfFault) => freeSets.passedOver(isOfFault),
    async catchUp() {
      const [listedPods, listedClaims] = await Promise.all([
        core.listNamespacedPod({ namespace }),
        core.listNamespacedPersistentVolumeClaim({ namespace }),
      ]);
      await eventually(
        `the watches have seen what is in ${namespace}`,
        () =>
          // The caller checks for violations, and one of them may be a gap.
          violations.length > 0 ||
          (versions.pods >= newestOf(listedPods.items) &&
            versions.persistentvolumeclaims >= newestOf(listedClaims.items)),
      );
    },
    stop: () => {
      for (const stop of watches) stop();
    },
  };
}

/** At no moment was there a claim beside these, or one claim with two Pods. `claims` are sorted. */
export async function expectOnly(
  watched: ExclusiveClaims,
  claims: readonly string[],
): Promise<void> {
  await watched.catchUp();
  expect(watched.violations).to.deep.equal([]);
  expect(watched.created, "claims that were ever created").to.deep.equal(
    claims,
  );
}

/** The API server counts its writes: a watch shows them in this order. */
function versionOf({ metadata }: KubernetesObject): number {
  return Number(metadata?.resourceVersion);
}

function newestOf(objects: readonly KubernetesObject[]): number {
  return Math.max(0, ...objects.map(versionOf));
}

function claimsOf({ spec }: V1Pod): string[] {
  return (spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
}
