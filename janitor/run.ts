import type { Sleep } from "./back-off.ts";
import type { Cluster } from "./cluster.ts";
import type { VerdictContext } from "./verdict.ts";

/** What a sweep does, and how much of it. */
export interface SweepOptions {
  /** Decides everything and writes nothing. */
  readonly dryRun: boolean;
  /** None means all. */
  readonly namespaces: readonly string[];
  /** Label selector of the claims that are looked at. */
  readonly selector: string;
  readonly gracePeriodMs: number;
  /** Namespaces at once, and in each of them deletes at once. */
  readonly concurrency: number;
  /** Most deletes of the whole run. */
  readonly maxDeletions: number;
  readonly adopt: boolean;
}

/** What a sweep needs of the world. */
export interface SweepPorts {
  readonly cluster: Cluster;
  readonly sleep: Sleep;
  /** Aborted when the run shall stop: no write is begun after that. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Milliseconds since some moment, by a clock that nobody sets: `performance.now`. */
  readonly clock: () => number;
}

/** Hears how far the sweep has come. */
export interface Progress {
  namespaces(total: number): void;
  namespaceDone(): void;
  claimDeleted(): void;
}

/** One sweep under way: what all namespaces share. */
export interface Run extends SweepPorts {
  readonly options: SweepOptions;
  readonly context: VerdictContext;
  readonly counts: {
    /** Deletes that the cap still allows. */
    deletionsLeft: number;
    /** First uses of claims in doubt that may still be written down. */
    firstUsesLeft: number;
    lostEvents: number;
  };
}
