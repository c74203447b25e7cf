import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import {
  POOL_LABEL,
  QUARANTINE_ANNOTATION,
} from "../../../functions/contract/keys.ts";
import { isLive, leaseIn } from "../../../functions/contract/lease.ts";

/**
 * A request may act on lists that are this old, in milliseconds: it gives up reservations after half of the 30 s that the API server
 * waits for it, and it may have the lists of another request, which are a second older. When a reservation meets a fault, the requests
 * that share its lists pass over that set, and the next lists show it again.
 */
const LISTS_MS = 16_000;
/** A lease begins up to a second after the decision, since the API server's clock shows whole seconds. */
const CLOCK_MS = 1_000;

/** A time in which a set could be handed out, in milliseconds since the epoch. It goes on when `to` is infinite. */
interface FreeTime {
  readonly claim: string;
  readonly pool: string;
  readonly from: number;
  to: number;
}

/** A set that was created for a Pod. */
interface NewSet {
  readonly claim: string;
  readonly pool: string;
  /** When the function decided to create it, at the earliest. */
  readonly decidedAt: number;
}

/** When the sets of a namespace were free, and when new ones were created. Each set has one claim. A lease lasts `leaseMs`. */
export class FreeSets {
  readonly #leaseMs: number;
  readonly #created: NewSet[] = [];
  readonly #known = new Set<string>();
  /** The sets that only a lease kept from others when they were last seen: no event tells when it ends. */
  readonly #onlyLeased = new Set<string>();
  readonly #free = new Map<string, FreeTime>();
  readonly #ended: FreeTime[] = [];

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** Notes the state of all claims at `now`, after an event. `used` are the names of those that a Pod has, or that are being deleted. */
  note(
    claims: ReadonlyMap<string, V1PersistentVolumeClaim>,
    used: ReadonlySet<string>,
    now: number,
  ): void {
    for (const [claim, { metadata, status }] of claims) {
      const pool = metadata?.labels?.[POOL_LABEL] ?? "";
      const lease = leaseIn(metadata?.annotations, now);
      if (!this.#known.has(claim)) {
        this.#known.add(claim);
        if (lease)
          this.#created.push({ claim, pool, decidedAt: lease.at - CLOCK_MS });
      }
      const isLeased = isLive(lease, now, this.#leaseMs);
      const isBusy =
        used.has(claim) ||
        metadata?.annotations?.[QUARANTINE_ANNOTATION] !== undefined ||
        // Such a set may have lost its volume.
        status?.phase !== "Bound";
      const free = this.#free.get(claim);
      if (isBusy || isLeased) {
        // The lease was written before this event arrived.
        const at = isLeased ? (lease?.at ?? now) : now;
        if (free) this.#end(free, Math.min(at, now));
      } else if (!free) {
        // The functions may see a second later that a lease has ended.
        const from =
          lease && this.#onlyLeased.has(claim)
            ? lease.at + this.#leaseMs + CLOCK_MS
            : now;
        this.#free.set(claim, { claim, pool, from, to: Infinity });
      }
      if (isLeased && !isBusy) this.#onlyLeased.add(claim);
      else this.#onlyLeased.delete(claim);
    }
    for (const [claim, free] of this.#free)
      if (!claims.has(claim)) this.#end(free, now);
  }

  /**
   * Sets that were free while two new ones were created in their pool, so long after each other that a fault explains one of them at
   * most. A set that is free now counts as free from now on. New sets of which `isOfFault` says that a fault explains them do not count.
   */
  passedOver(isOfFault: (claim: string) => boolean = () => false): string[] {
    return [...this.#ended, ...this.#free.values()].flatMap((free) => {
      const created = this.#created
        .filter(
          ({ claim, decidedAt, pool }) =>
            pool === free.pool &&
            !isOfFault(claim) &&
            decidedAt >= free.from + LISTS_MS &&
            decidedAt <= free.to - LISTS_MS,
        )
        .toSorted((one, other) => one.decidedAt - other.decidedAt);
      const [first, last] = [created[0], created.at(-1)];
      return first && last && last.decidedAt - first.decidedAt >= LISTS_MS
        ? [
            `claim ${free.claim} is free from ${first.decidedAt - free.from} ms before claim ${first.claim} is created to ${free.to - last.decidedAt} ms after claim ${last.claim} is`,
          ]
        : [];
    });
  }

  #end(free: FreeTime, at: number): void {
    free.to = at;
    this.#ended.push(free);
    this.#free.delete(free.claim);
  }
}
