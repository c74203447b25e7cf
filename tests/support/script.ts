import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A script of ours that runs without a terminal. */
export interface Script {
  readonly process: ChildProcess;
  /** Everything that it has written so far, to whichever stream. */
  readonly shown: () => string;
  /** Exit code and signal. */
  readonly exited: Promise<[number | null, string | null]>;
}

/** Starts it from a directory that is not the project's. */
export function startScript(
  main: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Script {
  return startCommand(process.execPath, [main, ...args], env, "ignore");
}

/** Starts any program so, with a standard input. */
export function startCommand(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: "pipe" | "ignore" = "pipe",
): Script {
  const child = spawn(program, args, {
    cwd: "/",
    env: { ...process.env, ...env },
    stdio: [input, "pipe", "pipe"],
  });
  let shown = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  return {
    process: child,
    shown: () => shown,
    exited: once(child, "close") as Script["exited"],
  };
}
