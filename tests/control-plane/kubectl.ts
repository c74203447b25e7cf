import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface KubectlOptions {
  /** Given to kubectl's standard input, for `-f -`. */
  readonly input?: string;
  /** Path of the kubeconfig to use. */
  readonly kubeconfig?: string;
}

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs kubectl to its end. Throws only if it cannot be started. */
export async function runKubectl(
  program: string,
  home: string,
  args: readonly string[],
  options: KubectlOptions,
): Promise<KubectlResult> {
  const child = spawn(program, args, {
    // Its discovery cache goes below HOME and must not outlive the control plane it describes.
    env: { PATH: "/usr/bin:/bin", HOME: home, KUBECONFIG: options.kubeconfig },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // kubectl may end before it has read everything: its exit code says why, EPIPE would not.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode: code ?? -1 };
}
