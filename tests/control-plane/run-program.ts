import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface RunOptions {
  /** Given to its standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Passes its output on while it comes, instead of returning it. */
  readonly show?: boolean;
  /** Passes its standard output on while it comes, and returns it too. */
  readonly tee?: boolean;
  /** Passes on only what it writes to standard error. */
  readonly showErrors?: boolean;
  /** Passes its standard error on while it comes, and returns it too. */
  readonly teeErrors?: boolean;
  /** Ends it, with everything that it started in its process group; it is not started when that was before. */
  readonly aborted?: AbortSignal;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when a signal ended it, or when it was not started because `aborted` was. */
  readonly exitCode: number;
}

/** Runs a program to its end. Throws only if it cannot be started. */
export async function runProgram(
  program: string,
  args: readonly string[],
  {
    input,
    env = process.env,
    show = false,
    tee = false,
    showErrors = show,
    teeErrors = false,
    aborted,
  }: RunOptions = {},
): Promise<Ran> {
  if (aborted?.aborted === true)
    return { stdout: "", stderr: "", exitCode: -1 };
  const child = spawn(program, args, {
    env,
    // With a group of its own Ctrl-C at a terminal is for this process, which ends the others in good order. Where nobody
    // does that, it stays in this process's group and ends with it.
    detached: aborted !== undefined,
    stdio: ["pipe", show ? "inherit" : "pipe", showErrors ? "inherit" : "pipe"],
  });
  const end = (): void => endGroup(child.pid);
  aborted?.addEventListener("abort", end, { once: true });
  // It may end before it has read everything; its exit code says why, EPIPE would not.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input ?? "");
  if (tee) child.stdout?.on("data", (chunk) => process.stdout.write(chunk));
  if (teeErrors)
    child.stderr?.on("data", (chunk) => process.stderr.write(chunk));
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      child.stdout === null ? "" : text(child.stdout),
      child.stderr === null ? "" : text(child.stderr),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    return { stdout, stderr, exitCode: code ?? -1 };
  } finally {
    aborted?.removeEventListener("abort", end);
  }
}

function endGroup(id: number | undefined): void {
  if (id === undefined) return;
  try {
    process.kill(-id, "SIGTERM");
  } catch {
    // It has ended in this very moment.
  }
}
