import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Length in bytes of each log, by its path. */
export type LogSizes = ReadonlyMap<string, number>;

/** Lines for each log: more would push the test's own message off the screen. */
const linesPerLog = 15;

/** An error or worse: klog's prefix in Kubernetes' programs, JSON in etcd and kwok. */
const errorLine = /^[EF]\d{4} |"level":"(error|fatal|panic)"|^(panic|fatal)/i;

export function logSizes(directory: string): LogSizes {
  return new Map(
    logFiles(directory).map((file) => [file, statSync(file).size] as const),
  );
}

/** What the processes logged as errors since `sizes` were taken, headed by the log's name; empty if nothing. */
export function logErrorsSince(directory: string, sizes: LogSizes): string {
  return logFiles(directory)
    .flatMap((file) => {
      const added = readFileSync(file).subarray(sizes.get(file) ?? 0);
      const lines = added.toString().split("\n");
      const errors = lines.filter((line) => errorLine.test(line));
      if (errors.length === 0) return [];
      return [
        `Errors in ${path.basename(file)} during this test:`,
        ...errors.slice(-linesPerLog).map((line) => `  ${line}`),
      ];
    })
    .join("\n");
}

function logFiles(directory: string): string[] {
  const logs = path.join(directory, "logs");
  return readdirSync(logs)
    .filter((name) => name.endsWith(".log"))
    .map((name) => path.join(logs, name));
}
