import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import type { Program } from "../../support/program.ts";

/** Passes the log on until the program listens, and reads the rest for itself. */
const READ_LOG = `sed --unbuffered '/"msg":"listening"/q'; exec cat > /dev/null`;

/** A webhook whose log another process reads. */
export type UnreadProgram<T extends Program> = T & {
  /** Waits until it listens, and returns its port. Throws when it ends first. May be called once. */
  readonly listens: () => Promise<number>;
};

/**
 * Starts a webhook whose log another process reads, as the container runtime does in a cluster. If this process read it, each line would wake
 * it up while it measures, and the slowest answers would take several times as long.
 */
export function withLogReader<T extends Program>(
  start: (stdout: Writable) => T,
): UnreadProgram<T> {
  const reader = spawn("sh", ["-c", READ_LOG], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const program = start(reader.stdin);
  // The program has an end of its own, and the reader ends with the program.
  reader.stdin.destroy();
  return {
    ...program,
    async listens() {
      let log = "";
      for await (const chunk of reader.stdout) {
        log += String(chunk);
        const port = portIn(log);
        if (port !== undefined) return port;
      }
      throw new Error(
        `ended with ${await program.exited}: ${program.stderr()}`,
      );
    },
  };
}

/** The port that a webhook says it listens on. */
function portIn(output: string): number | undefined {
  const line = output
    .split("\n")
    .slice(0, -1)
    .find((text) => text.includes('"msg":"listening"'));
  return line === undefined
    ? undefined
    : (JSON.parse(line) as { port: number }).port;
}
