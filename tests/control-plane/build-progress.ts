/** Where progress goes; `isTTY` decides between one line kept up to date and a line now and then. */
export type ProgressStream = NodeJS.WritableStream & { isTTY?: boolean };

export interface BuildProgress {
  /** Takes one line of the error output of `go list` or `go build -v`. */
  line(line: string): void;
  /** How many packages there are to compile, as soon as it is known; what lies in Go's cache is not among them. */
  expect(packages: number): void;
  stop(outcome: "done" | "failed"): void;
}

/** Often enough to look alive on a terminal, rarely enough not to cost anything. */
const terminalIntervalMs = 500;
/** A log is read afterwards: a build of several minutes should leave some twenty lines. */
const logIntervalMs = 15_000;

/** The last program is linked when everything is compiled, and Go says nothing of it. */
const mostWhileBuilding = 99;

/** Starts to tell `stream` how long a build has been going and how far it is. */
export function startProgress(
  stream: ProgressStream,
  now: () => number = Date.now,
): BuildProgress {
  const terminal = stream.isTTY === true;
  const startedAt = now();
  let packages = 0;
  let modules = 0;
  let total: number | undefined;

  const state = (): string => {
    const elapsed = formatElapsed(now() - startedAt);
    if (total === undefined && packages === 0)
      return modules > 0
        ? `${elapsed}, modules downloaded: ${modules}`
        : elapsed;
    if (total === undefined)
      return `${elapsed}, packages compiled: ${packages}`;
    // Go names a package when it begins with it, and there may be more of them than it foresaw.
    const share = total > 0 ? Math.floor((100 * packages) / total) : 100;
    const shown = `${elapsed}, ${Math.min(share, mostWhileBuilding)} %`;
    return packages < total
      ? `${shown} (${packages} of ${total} packages compiled)`
      : `${shown} (packages compiled: ${packages}, linking the programs)`;
  };
  const result = (outcome: "done" | "failed"): string => {
    if (outcome === "failed") return `failed after ${state()}`;
    const elapsed = formatElapsed(now() - startedAt);
    return packages > 0
      ? `done after ${elapsed}, 100 % (packages compiled: ${packages})`
      : `done after ${elapsed}, 100 %`;
  };
  const report = (text: string, end = "\n"): void => {
    stream.write(terminal ? `\r\u001B[K${text}${end}` : `${text}\n`);
  };

  stream.write(
    "Building the test control plane once (etcd, kube-apiserver and company; 7 minutes on 2 cores, 12 when they have other work; then cached)\n",
  );
  const timer = setInterval(
    () => report(`Building the test control plane: ${state()}`, ""),
    terminal ? terminalIntervalMs : logIntervalMs,
  );
  return {
    line(line) {
      if (line.startsWith("go: downloading ")) modules += 1;
      else if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) packages += 1;
    },
    expect(count) {
      total = count;
    },
    stop(outcome) {
      clearInterval(timer);
      report(`Building the test control plane: ${result(outcome)}`);
    },
  };
}

function formatElapsed(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0
    ? `${seconds} s`
    : `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
}
