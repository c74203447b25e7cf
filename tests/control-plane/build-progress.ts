/** Where progress goes; `isTTY` decides between one line kept up to date and a line now and then. */
export type ProgressStream = NodeJS.WritableStream & { isTTY?: boolean };

export interface BuildProgress {
  /** Takes one line of `go build -v`. */
  line(line: string): void;
  stop(outcome: "done" | "failed"): void;
}

/** Often enough to look alive on a terminal, rarely enough not to cost anything. */
const terminalIntervalMs = 500;
/** A log is read afterwards: a build of several minutes should leave some twenty lines. */
const logIntervalMs = 15_000;

/** Starts to tell `stream` how long a build has been going and how far it is. */
export function startProgress(
  stream: ProgressStream,
  now: () => number = Date.now,
): BuildProgress {
  const terminal = stream.isTTY === true;
  const startedAt = now();
  let packages = 0;
  let modules = 0;

  const state = (): string => {
    const elapsed = formatElapsed(now() - startedAt);
    if (packages > 0) return `${elapsed}, packages compiled: ${packages}`;
    if (modules > 0) return `${elapsed}, modules downloaded: ${modules}`;
    // Everything is in Go's own cache; only the linker works, and says nothing.
    return elapsed;
  };
  const report = (text: string, end = "\n"): void => {
    stream.write(terminal ? `\r\u001B[K${text}${end}` : `${text}\n`);
  };

  stream.write(
    "Building the test control plane once (etcd, kube-apiserver and company; 5 to 8 minutes on 2 cores, then cached)\n",
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
    stop(outcome) {
      clearInterval(timer);
      report(`Building the test control plane: ${outcome} after ${state()}`);
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
