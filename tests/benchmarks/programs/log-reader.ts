import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { portIn } from "../../support/program.ts";
import type { Program } from "../../support/program.ts";

/** Passes the log on until the program listens, and reads the rest for itself. */
const READ_LOG = `sed --unbuffered '/"msg":"listening"/q'; exec cat > /dev/null`;

/** A webhook whose log another process reads. */
export type WithLogReader<T extends Program> = T & {
  /** Waits until it listens, and returns its port. Throws when it ends first. May be called once. */
  readonly listens: () => Promise<number>;
};

/**
 * Starts a webhook whose log another process reads, as the container runtime does in a cluster. If this process read it, each line would wake
 * it up while it measures, and the slowest answers would take longer.
 */
export function withLogReader<T extends Program>(
  start: (stdout: Writable) => T,
): WithLogReader<T> {
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
