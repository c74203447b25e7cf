import type { Sleep } from "../../functions/kubernetes/retry.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { SweepOptions } from "../settings/options.ts";
import type { VolumeNodes } from "../verdict/set-nodes.ts";
import type { VerdictContext } from "../verdict/unused-claim.ts";

/** What a sweep needs from outside. */
export interface SweepPorts {
  readonly cluster: Cluster;
  readonly sleep: Sleep;
  /** Aborted when the run must stop. No write begins after that. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Milliseconds of a monotonic clock: `performance.now`. */
  readonly clock: () => number;
}

/** Receives the progress of the sweep. */
export interface Progress {
  namespaces(total: number): void;
  namespaceDone(): void;
  claimDeleted(): void;
}

/** One sweep under way: what all namespaces share. */
export interface SweepContext extends SweepPorts {
  readonly options: SweepOptions;
  readonly context: VerdictContext;
  /** The nodes of all volumes, asked for once in a sweep; undefined when the account may not read them. */
  readonly volumeNodes: () => Promise<VolumeNodes | undefined>;
  /** Events that are being written. Nothing waits for them before the end of the sweep. */
  readonly events: Promise<void>[];
  readonly counts: {
    /** Deletes that the cap still allows. */
    deletionsLeft: number;
    /** First uses of claims in doubt that may still be written down. */
    firstUsesLeft: number;
    lostEvents: number;
  };
}
