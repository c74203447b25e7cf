import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { rejectedFor } from "../claim-api/rejected.ts";
import {
  CLAIM_LABEL_PREFIX,
  LEASE_REQUEST_ANNOTATION,
  USES_ANNOTATION,
} from "../contract/keys.ts";
import { leaseAnnotations } from "../contract/lease.ts";
import type { Lease } from "../contract/lease.ts";
import { ApiStatusError } from "../kubernetes/api-server.ts";
import type { ApiServer } from "../kubernetes/api-server.ts";
import { claimPath } from "../kubernetes/paths.ts";
import {
  ADMISSION_RETRY,
  isTransient,
  retry,
  tryTime,
} from "../kubernetes/retry.ts";
import { errorMessage } from "../contract/error-message.ts";
import { printable } from "../contract/printable.ts";
import { hasPodWith } from "./lists.ts";
import type { SharedLists } from "./lists.ts";
import type { MissReason } from "../pool/decide.ts";
import { growsNoLess, growthsOf } from "../pool/growth.ts";
import type { Growth } from "../pool/growth.ts";
import { judgeSets } from "../pool/sets.ts";
import type { PoolSet, WantedSet } from "../pool/sets.ts";

/** How many sets the function tries before it reads the lists again. */
const MOST_CANDIDATES = 3;
/** The Date header is rounded down to a second. A lease must not end early. */
const CLOCK_RESOLUTION_MS = 1_000;

/** The request for whose Pod a set is reserved. Its deadline is in milliseconds of `performance.now()`. */
export interface SetRequest {
  readonly namespace: string;
  readonly requestUid: string;
  readonly deadline: number;
}

/** A lease that a request has written, or may have written. */
export interface Reservation {
  readonly set: string;
  readonly lease: Lease;
  /** What its annotations had before. */
  readonly before: Readonly<Record<string, string | undefined>>;
}

/** Why a Pod gets no set. */
export interface Failure {
  readonly miss: MissReason;
  readonly why: string;
}

/** What came of the try to reserve one of several sets. */
export type TriedSets =
  | {
      readonly kind: "reserved";
      readonly set: PoolSet;
      readonly reservation: Reservation;
    }
  | Unanswered
  | (Failure & { readonly kind: "none" });

/** A request failed in a way that may soon be over. */
export interface Unanswered extends Failure {
  readonly kind: "unanswered";
  readonly error: unknown;
  /** Present when its lease may have been written. */
  readonly unconfirmed?: Reservation;
}

/** What came of the try to reserve one set. */
type TriedSet =
  | { readonly kind: "reserved"; readonly reservation: Reservation }
  | Unanswered
  | { readonly kind: "changed" }
  | { readonly kind: "cannot-grow"; readonly why: string };

/** Writes and ends the leases of sets. Each is one write, which fails when the leading claim has changed. */
export function reservationsOn(api: ApiServer, leaseMs: number) {
  return { readClaim, reserveOneOf, reserveOnly, end, endForSeenPod };

  async function readClaim(
    namespace: string,
    name: string,
    deadline: number,
  ): Promise<V1PersistentVolumeClaim | undefined> {
    try {
      const { body } = await retry(ADMISSION_RETRY, { deadline }, (timeoutMs) =>
        api({ method: "GET", path: claimPath(namespace, name), timeoutMs }),
      );
      return body as V1PersistentVolumeClaim;
    } catch (error) {
      if (error instanceof ApiStatusError && error.status === 404)
        return undefined;
      throw rejectedFor(`cannot read claim ${namespace}/${name}`, error);
    }
  }

  /** Reserves the first candidate that it can. When it has reserved none, the caller must read the lists again. */
  async function reserveOneOf(
    request: SetRequest,
    candidates: readonly PoolSet[],
    lists: SharedLists,
    wanted: WantedSet,
    unable: Map<string, string>,
  ): Promise<TriedSets> {
    let changed = 0;
    for (const candidate of candidates) {
      let set = candidate;
      if (changed >= MOST_CANDIDATES) break;
      if (performance.now() >= request.deadline)
        return {
          kind: "none",
          miss: "no-answer",
          why: "there was no time left to reserve a set; create the Pod again",
        };
      // Another request of this instance took it while this request tried an earlier set.
      if (lists.tried.has(set.name) || unable.has(set.name)) continue;
      let outcome = await reserve(
        request,
        set,
        lists,
        growthsOf(set.members, wanted.volumes),
      );
      if (outcome.kind === "changed") {
        const again = await stillFree(request, set, lists, wanted);
        if (again) {
          set = again;
          outcome = await reserve(
            request,
            set,
            lists,
            growthsOf(set.members, wanted.volumes),
          );
        }
      }
      if (outcome.kind === "reserved") return { ...outcome, set };
      if (outcome.kind === "unanswered") return outcome;
      if (outcome.kind === "changed") changed += 1;
      else
        // The API server would say the same of each set that must grow as much.
        for (const other of candidates)
          if (growsNoLess(other.members, set.members, wanted.volumes))
            unable.set(other.name, outcome.why);
    }
    return candidates.every(({ name }) => unable.has(name))
      ? {
          kind: "none",
          miss: "cannot-grow",
          why: "every free set is smaller than the template asks, and cannot grow",
        }
      : {
          kind: "none",
          miss: "contended",
          why: "other Pods took every free set",
        };
  }

  /** Reserves this set and no other, as it is. When the request has its lease already, the lease begins anew. */
  async function reserveOnly(
    request: SetRequest,
    set: PoolSet,
    lists: SharedLists,
  ): Promise<TriedSets> {
    const outcome = await reserve(request, set, lists, new Map());
    if (outcome.kind === "reserved") return { ...outcome, set };
    if (outcome.kind === "unanswered") return outcome;
    return {
      kind: "none",
      miss: "contended",
      why: `set ${set.name} was changed again and again; create the Pod again`,
    };
  }

  /**
   * Reads the set again after its leading claim has changed: another controller may have written to it. Returns undefined when the
   * set is not free any more. It asks for the Pods of the set, too, since the lists may lack one that was stored later: one whose lease had
   * ended, or one that got in while a person held the set.
   */
  async function stillFree(
    { deadline, namespace }: SetRequest,
    set: PoolSet,
    lists: SharedLists,
    wanted: WantedSet,
  ): Promise<PoolSet | undefined> {
    const { name } = set;
    const claims: V1PersistentVolumeClaim[] = [];
    for (const { metadata } of set.members.values()) {
      const claim = await readClaim(namespace, metadata?.name ?? "", deadline);
      if (claim?.metadata?.uid !== metadata?.uid) return undefined;
      if (claim) claims.push(claim);
    }
    const again = judgeSets({ ...lists, claims }, wanted, leaseMs).find(
      (one) => one.name === name,
    );
    if (
      again?.state !== "free" ||
      again.uses !== set.uses ||
      again.lease?.requestUid !== set.lease?.requestUid
    )
      return undefined;
    try {
      for (const [volume, { metadata }] of again.members) {
        const selector = `${CLAIM_LABEL_PREFIX}${volume}=${metadata?.name}`;
        if (await hasPodWith(api, namespace, selector, deadline))
          return undefined;
      }
    } catch (error) {
      throw rejectedFor(`cannot list the Pods of set ${name}`, error);
    }
    return again;
  }

  /**
   * Grows the claims that are too small, then writes the lease. Both fail when the set is not as it was listed. A lease of the same
   * request begins anew, and is no further use of the set.
   */
  async function reserve(
    { deadline, namespace, requestUid }: SetRequest,
    set: PoolSet,
    lists: SharedLists,
    growths: ReadonlyMap<string, Growth>,
  ): Promise<TriedSet> {
    const { leader } = set;
    // There is nothing to write the lease on.
    if (leader === undefined) return { kind: "changed" };
    // Before the write, so that other requests with the same lists draw another set.
    lists.tried.set(set.name, undefined);
    const leaderGrowth = growths.get(set.name);
    const own = set.lease?.requestUid === requestUid ? set.lease : undefined;
    const begins = leaseFor(requestUid, lists);
    // The delivery that wrote the lease before must not end this one: it compares the times.
    const lease = own
      ? { ...begins, at: Math.max(begins.at, own.at + 1) }
      : begins;
    const reservation = { set: set.name, lease, before: writtenOver(set) };
    let sent = false;
    try {
      for (const [name, { resourceVersion, storage }] of growths)
        if (name !== set.name)
          await patch(
            namespace,
            name,
            { metadata: { resourceVersion }, ...requesting(storage) },
            deadline,
          );
      sent = true;
      await patch(
        namespace,
        set.name,
        {
          metadata: {
            resourceVersion: leader.metadata?.resourceVersion,
            annotations: {
              ...leaseAnnotations(lease),
              [USES_ANNOTATION]: String(set.uses + (own ? 0 : 1)),
            },
          },
          ...(leaderGrowth && requesting(leaderGrowth.storage)),
        },
        deadline,
      );
      lists.tried.set(set.name, requestUid);
      return { kind: "reserved", reservation };
    } catch (error) {
      const status = error instanceof ApiStatusError ? error.status : undefined;
      if (status === 404 || status === 409) return { kind: "changed" };
      if (isTransient(error, ADMISSION_RETRY))
        return {
          kind: "unanswered",
          error,
          // The next lists show whether the lease was written.
          ...(sent && mayHaveWritten(error) && { unconfirmed: reservation }),
          miss: "no-answer",
          why: `the API server did not confirm the reservation of set ${set.name} (${printable(errorMessage(error))}); create the Pod again`,
        };
      if (growths.size > 0 && (status === 403 || status === 422)) {
        // The set is still free for a Pod that asks for less.
        lists.tried.delete(set.name);
        return { kind: "cannot-grow", why: errorMessage(error) };
      }
      throw rejectedFor(`cannot reserve set ${namespace}/${set.name}`, error);
    }
  }

  async function patch(
    namespace: string,
    name: string,
    body: object,
    deadline: number,
  ): Promise<void> {
    await api({
      method: "PATCH",
      path: claimPath(namespace, name),
      contentType: "application/merge-patch+json",
      body,
      // When no answer comes, there is still time for a new set.
      timeoutMs: tryTime(deadline - performance.now()),
    });
  }

  /** Ends a lease whose Pod will not be stored. The set is then as it was, so that it still shows whether it was used. */
  async function end(
    namespace: string,
    { before, lease, set }: Reservation,
    deadline: number,
  ): Promise<void> {
    // Another delivery of the request may have written another lease since.
    await endLease(namespace, set, leaseAnnotations(lease), before, deadline);
  }

  /** Ends a lease whose Pod was seen. Its time stays, which shows that the set was used. */
  async function endForSeenPod(
    namespace: string,
    set: string,
    requestUid: string,
    deadline: number,
  ): Promise<void> {
    const now = { [LEASE_REQUEST_ANNOTATION]: requestUid };
    const after = { [LEASE_REQUEST_ANNOTATION]: undefined };
    await endLease(namespace, set, now, after, deadline);
  }

  /** Writes the annotations in `after`, and removes those that are undefined there. Writes nothing unless those in `now` are as they say. */
  async function endLease(
    namespace: string,
    set: string,
    now: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string | undefined>>,
    deadline: number,
  ): Promise<void> {
    const body = [
      ...Object.entries(now).map(([key, value]) => ({
        op: "test",
        path: annotationPointer(key),
        value,
      })),
      ...Object.entries(after).map(([key, value]) => ({
        path: annotationPointer(key),
        ...(value === undefined ? { op: "remove" } : { op: "replace", value }),
      })),
    ];
    try {
      await retry(ADMISSION_RETRY, { deadline }, (timeoutMs) =>
        api({
          method: "PATCH",
          path: claimPath(namespace, set),
          contentType: "application/json-patch+json",
          body,
          timeoutMs,
        }),
      );
    } catch {
      // The lease ends by itself.
    }
  }
}

/** True when the API server may have done what it was asked. */
function mayHaveWritten(error: unknown): boolean {
  return !(error instanceof ApiStatusError) || error.status >= 500;
}

/** The annotations that a request which reserves the set writes over. */
function writtenOver({ leader }: PoolSet): Reservation["before"] {
  const keys = [
    ...Object.keys(leaseAnnotations({ requestUid: "", at: 0 })),
    USES_ANNOTATION,
  ];
  return Object.fromEntries(
    keys.map((key) => [key, leader?.metadata?.annotations?.[key]]),
  );
}

/** JSON pointer to an annotation. */
function annotationPointer(key: string): string {
  return `/metadata/annotations/${key.replaceAll("/", "~1")}`;
}

function requesting(storage: string): object {
  return { spec: { resources: { requests: { storage } } } };
}

/** The lease that begins now, by the API server's clock. */
export function leaseFor(requestUid: string, lists: SharedLists): Lease {
  const elapsed = performance.now() - lists.begunAt;
  return {
    requestUid,
    // Annotations have whole milliseconds.
    at: Math.ceil(lists.now + CLOCK_RESOLUTION_MS + elapsed),
  };
}
