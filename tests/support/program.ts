import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { eventually } from "./eventually.ts";

/** One of our programs as a process of its own. */
export interface Program {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code, or null after a signal that was not handled. */
  readonly exited: Promise<number | null>;
}

/** They end with this process: nobody would end them later. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts `node <entry> <args>` with nothing but `env` and PATH in its environment. Coverage counts only in the sources: Node would pass it on. */
export function startProgram(
  entry: string,
  {
    args = [],
    env = {},
    stdout: destination = "pipe",
  }: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    /** Where its standard output goes, instead of into `stdout` of the program. */
    readonly stdout?: Writable | "pipe";
  } = {},
): Program {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { NODE_V8_COVERAGE: undefined, PATH: process.env["PATH"], ...env },
    stdio: ["ignore", destination, "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited: once(child, "close").then(([code]) => code as number | null),
  };
}

/** The port that the function says it listens on. */
export async function portOf(program: Program): Promise<number> {
  return await eventually("the function listens", () => {
    const port = portIn(program.stdout());
    if (port === undefined)
      throw new Error(program.stdout() + program.stderr());
    return port;
  });
}

/** The port that a webhook says it listens on, once the line is whole. */
export function portIn(log: string): number | undefined {
  const line = log
    .split("\n")
    .slice(0, -1)
    .find((text) => text.includes('"msg":"listening"'));
  return line === undefined
    ? undefined
    : (JSON.parse(line) as { port: number }).port;
}
