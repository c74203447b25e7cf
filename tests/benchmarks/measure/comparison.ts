/** One quantity, measured in turn for the product and for what it is compared with. */
export interface Comparison {
  /** Stays the same from run to run, such as `admission/cpu-time`: a later run finds the earlier figure by it. */
  readonly id: string;
  readonly title: string;
  readonly unit:
    | "ms"
    | "s"
    | "MiB"
    | "requests"
    | "requests/s"
    | "deletes/s"
    | "adoptions/s";
  readonly better: "lower" | "higher";
  /** The first is the product. */
  readonly series: readonly Series[];
  readonly goals?: readonly Goal[];
  /** Another series, which the product can hardly be better than: where a goal is not met, the page says what this series reaches. */
  readonly floor?: string;
  /** Every value of the product should be on the better side of this, in the unit. */
  readonly limit?: number;
}

export interface Series {
  readonly name: string;
  /** One value a round. A round that warms up is not among them. */
  readonly values: readonly number[];
}

/** The median of the product, divided by the median of another series, should be on the better side of `ratio`. */
export interface Goal {
  readonly against: string;
  readonly ratio: number;
}

/** What a benchmark gets from the command that runs them all. */
export interface BenchmarkRun {
  /** For a look within minutes: fewer rounds, smaller numbers. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Numbers of claims of the largest sweeps, where the person who started the run gave some. */
  readonly claims?: readonly number[];
  /** Says what goes on, for the person who waits. `share` is how much of this benchmark is done, from 0 to 1. */
  readonly progress: (step: string, share?: number) => void;
}

/** One benchmark: it starts what it needs, measures, and ends what it started, also when it fails. */
export interface Benchmark {
  /** The first part of the ids of its comparisons. */
  readonly name: string;
  readonly title: string;
  /** What it does, in Markdown, for the page with the results. */
  readonly method?: string;
  readonly run: (run: BenchmarkRun) => Promise<readonly Comparison[]>;
}
