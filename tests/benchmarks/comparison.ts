/** One quantity, measured in turn for the product and for what it is compared with. */
export interface Comparison {
  /** Stays the same from run to run, such as `admission/cpu-time`: a later run finds the earlier figure by it. */
  readonly id: string;
  readonly title: string;
  readonly unit: "ms" | "s" | "MiB" | "requests/s";
  readonly better: "lower" | "higher";
  /** The first is the product. */
  readonly series: readonly Series[];
  readonly goals?: readonly Goal[];
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
  /** Says what goes on, for the person who waits. */
  readonly progress: (step: string) => void;
}

/** One benchmark: it starts what it needs, measures, and ends what it started, also when it fails. */
export interface Benchmark {
  /** The first part of the ids of its comparisons. */
  readonly name: string;
  readonly title: string;
  readonly run: (run: BenchmarkRun) => Promise<readonly Comparison[]>;
}
