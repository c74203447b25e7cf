import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import type { ChildProcesses } from "../demo/child-processes.ts";

/** Between creating a claim and storing its Pod lie milliseconds here; this leaves room for a slow machine. */
export const janitorFlags = ["--grace-period=10s", "--unsafe-grace-period"];

/** The janitor's sources, from the top of the repository. */
const janitorEntry = "janitor/main.ts";

/** Reads a line at a time until `input` ends: `j` and flags let the janitor sweep; what it prints goes to `show`. */
export async function followTypedCommands(
  input: Readable,
  kubeconfigPath: string,
  children: ChildProcesses,
  show: (text: string) => void,
): Promise<void> {
  for await (const line of createInterface({ input })) {
    const [command, ...flags] = line.trim().split(/\s+/);
    if (command === "j") {
      show(await sweep([...janitorFlags, ...flags], kubeconfigPath, children));
    } else if (command !== "") {
      show(
        `${JSON.stringify(command)} is nothing: type j, or j and flags, for the janitor`,
      );
    }
  }
}

async function sweep(
  flags: readonly string[],
  kubeconfigPath: string,
  children: ChildProcesses,
): Promise<string> {
  const child = children.start(janitorEntry, flags, {
    KUBECONFIG: kubeconfigPath,
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
  ]);
  return `${stdout}${stderr}`.trimEnd();
}
