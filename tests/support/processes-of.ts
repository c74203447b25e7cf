import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A process as `ps` shows it. */
export interface ListedProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** The processes with `directory` in their command line: all of a control plane's, and what cleans up after it. */
export async function processesOf(directory: string): Promise<ListedProcess[]> {
  const { stdout } = await promisify(execFile)("ps", [
    "-A",
    "-o",
    "pid=,args=",
  ]);
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    return match?.[2]?.includes(directory) === true
      ? [{ pid: Number(match[1]), commandLine: match[2] }]
      : [];
  });
}
