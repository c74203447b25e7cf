import type { Lease } from "../../../functions/contract/lease.ts";

/**
 * A lease begins later than its write, by at most this long, in milliseconds: the clock of the API server shows whole seconds, and the
 * function adds the time that its lists took.
 */
const LATE_BEGIN_MS = 5_000;

interface Happened {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly what: string;
  /** When the lease began that was seen then. */
  readonly leaseBegin?: number;
  readonly isPod?: boolean;
}

/** What happened to each claim, as watches show it. */
export class ClaimHistories {
  readonly #ofClaim = new Map<string, Happened[]>();
  readonly #clock: () => number;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  leaseSeen(claim: string, lease: Lease | undefined): void {
    if (lease === undefined) this.#note(claim, { what: "it has no lease" });
    else
      this.#note(claim, {
        what: `its lease is of ${lease.requestUid}, from ${text(lease.at)}`,
        leaseBegin: lease.at,
      });
  }

  podCame(claim: string, pod: string): void {
    this.#note(claim, { what: `Pod ${pod} is there`, isPod: true });
  }

  podWent(claim: string, pod: string): void {
    this.#note(claim, { what: `Pod ${pod} is gone` });
  }

  /** Pods that came to a claim that another Pod had before. */
  handOvers(): number {
    return [...this.#ofClaim.values()]
      .map((history) => history.filter(({ isPod }) => isPod).length)
      .reduce((sum, pods) => sum + Math.max(0, pods - 1), 0);
  }

  /** All of it in one line, for people. */
  of(claim: string): string {
    return (this.#ofClaim.get(claim) ?? [])
      .map(({ at, what }) => `${text(at)} ${what}`)
      .join("; ");
  }

  /**
   * The longest time from the begin of a lease until its Pod was there, in milliseconds. Claims and Pods have a watch each, and the Pod
   * may be seen first.
   */
  longestToPod(): number {
    const times = [...this.#ofClaim.values()].flatMap((history) => {
      const begins = history.flatMap(({ leaseBegin }) => leaseBegin ?? []);
      return history.flatMap(({ at, isPod }) => {
        const before = begins.filter((begin) => begin <= at + LATE_BEGIN_MS);
        return isPod && before.length > 0 ? [at - Math.max(...before)] : [];
      });
    });
    return Math.max(0, ...times);
  }

  /** Leaves out what was the last thing before, too: most changes of a claim are about something else. */
  #note(claim: string, happened: Omit<Happened, "at">): void {
    const history = this.#ofClaim.get(claim) ?? [];
    this.#ofClaim.set(claim, history);
    if (history.at(-1)?.what !== happened.what)
      history.push({ ...happened, at: this.#clock() });
  }
}

function text(time: number): string {
  return new Date(time).toISOString();
}
