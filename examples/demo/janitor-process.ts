import { once } from "node:events";
import { text } from "node:stream/consumers";
import { JANITOR } from "../../tests/support/built-programs.ts";
import type { ChildProcesses } from "./child-processes.ts";

/** One run of the built janitor, at its end. */
export interface JanitorRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Lets the built janitor sweep once; does not throw on a non-zero exit code. */
export async function runJanitor(
  children: ChildProcesses,
  kubeconfigPath: string,
  flags: readonly string[],
): Promise<JanitorRun> {
  const child = children.start(JANITOR, flags, {
    KUBECONFIG: kubeconfigPath,
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode: code ?? -1 };
}
