import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import type { Script } from "../../tests/support/script.ts";

/** What a terminal sends for Ctrl-C; its line discipline makes SIGINT of it. */
export const ctrlC = "\u0003";

/** That of util-linux gives a program a terminal and passes on what it is told by its own standard input. */
const terminalProgram = "script";

/** Why a script cannot be started on a terminal here; undefined where it can. */
export async function noTerminal(): Promise<string | undefined> {
  const version = await promisify(execFile)(terminalProgram, [
    "--version",
  ]).then(
    ({ stdout }) => stdout,
    () => "",
  );
  // That of macOS and the BSDs takes its command, and the file it writes, in other places.
  return version.includes("util-linux")
    ? undefined
    : "there is no `script` of util-linux on the PATH, which makes a terminal";
}

/** Starts a script of ours as somebody at a terminal does: its standard input is what they type. Colours are off. */
export function startOnTerminal(main: string, args: readonly string[]): Script {
  // Told by the environment, paths need no quoting; without `exec` a shell would stand between it and the terminal.
  const command = `exec "$NODE_PROGRAM" "$MAIN_FILE" ${args.join(" ")}`;
  const child = spawn(terminalProgram, ["-qfec", command, "/dev/null"], {
    cwd: "/",
    env: {
      ...process.env,
      SHELL: "/bin/sh",
      NO_COLOR: "1",
      NODE_PROGRAM: process.execPath,
      MAIN_FILE: main,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let shown = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  return {
    process: child,
    // A terminal ends lines with both.
    shown: () => shown.replaceAll("\r\n", "\n"),
    exited: once(child, "close") as Script["exited"],
  };
}

/** Ids of the processes that a process has started and that still run, with all that these have started in turn. */
export async function descendantsOf(
  pid: number | undefined,
): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", [
    "-A",
    "-o",
    "pid=,ppid=",
  ]);
  const all = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number | undefined): number[] =>
    all.flatMap(([id, startedBy]) =>
      id !== undefined && startedBy === parent ? [id, ...below(id)] : [],
    );
  return below(pid);
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
