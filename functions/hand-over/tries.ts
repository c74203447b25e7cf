import { setTimeout as sleep } from "node:timers/promises";
import { ADMISSION_RETRY, pauseAfter } from "../kubernetes/retry.ts";
import type { PoolSet } from "../pool/sets.ts";
import type { Failure, Reservation, TriedSets } from "./reservations.ts";

/**
 * How often the function tries to reserve a set for one Pod while other Pods take all its candidates. In a measurement with 220 Pods at
 * once on 220 free sets and two instances, up to 3 Pods found none in three tries, and got new sets beside the free ones.
 */
const MOST_TRIES = 10;

/** What a request has tried so far. */
export interface Tries {
  count: number;
  /** What to answer when the request gives up. */
  failure: Failure | undefined;
  /** Leases that may have been written, by their set. */
  readonly unconfirmed: Map<string, Reservation>;
}

/** What to answer when the request makes no further try; undefined when it does. */
export function lastFailure(
  { count, failure }: Tries,
  halfTime: number,
): Failure | undefined {
  return count >= MOST_TRIES || performance.now() > halfTime
    ? failure
    : undefined;
}

/** Notes a try that has failed. When the API server did not answer, or asks for a pause, it waits before the next try, if there is time for one. */
export async function noteFailure(
  tries: Tries,
  tried: Exclude<TriedSets, { readonly kind: "reserved" }>,
  halfTime: number,
): Promise<void> {
  tries.count += 1;
  // What came of later tries says less than that a lease may have been written.
  if (tries.failure?.miss !== "no-answer") tries.failure = tried;
  if (tried.kind === "none") return;
  const { error, unconfirmed } = tried;
  if (unconfirmed) tries.unconfirmed.set(unconfirmed.set, unconfirmed);
  const pause = pauseAfter(tries.count, error, ADMISSION_RETRY);
  if (performance.now() + pause < halfTime) await sleep(pause);
  else tries.count = MOST_TRIES;
}

/**
 * Takes out the unconfirmed reservation of the set, and returns it when the lists show its lease. Otherwise another delivery of the
 * request wrote the lease, and ends it when its own work fails: the caller must reserve the set itself.
 */
export function confirmed(
  { unconfirmed }: Tries,
  { lease, name }: PoolSet,
): Reservation | undefined {
  const reservation = unconfirmed.get(name);
  unconfirmed.delete(name);
  return reservation?.lease.at === lease?.at ? reservation : undefined;
}
