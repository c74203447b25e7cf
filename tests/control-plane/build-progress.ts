export interface BuildProgress {
  /** Takes one line of the error output of `go build -v`. */
  line(line: string): void;
  /** How many packages there are to compile, as soon as it is known; what is in Go's cache is not among them. */
  expect(packages: number): void;
  stop(outcome: "done" | "failed"): void;
}

/** Often enough to look alive, seldom enough for a log: a build of several minutes leaves some thirty lines. */
const INTERVAL_MS = 15_000;

/** Begins to report on `stream` how long a build has been running and how far it is. */
export function startProgress(
  stream: NodeJS.WritableStream,
  now: () => number = Date.now,
): BuildProgress {
  const startedAt = now();
  let packages = 0;
  let total: number | undefined;

  const report = (text: string): void => {
    const seconds = Math.round((now() - startedAt) / 1_000);
    const time = `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
    // Go names a package when it begins with it, and there may be more of them than it foresaw.
    const of =
      total === undefined ? "" : ` of ${Math.max(total, packages)} packages`;
    stream.write(
      `Building the test control plane: ${text}${time}, ${packages}${of} compiled\n`,
    );
  };

  stream.write(
    "Building the test control plane once (etcd, kube-apiserver and others; 7 minutes on 2 cores, 12 when they have other work; then cached)\n",
  );
  const timer = setInterval(() => report(""), INTERVAL_MS);
  return {
    line(line) {
      if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) packages += 1;
    },
    expect(count) {
      total = count;
    },
    stop(outcome) {
      clearInterval(timer);
      report(`${outcome} after `);
    },
  };
}
