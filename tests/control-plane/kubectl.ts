import { runProgram } from "./run-program.ts";
import type { Ran } from "./run-program.ts";

export interface KubectlOptions {
  /** Given to kubectl's standard input, for `-f -`. */
  readonly input?: string;
  /** Path of the kubeconfig to use. */
  readonly kubeconfig?: string;
}

/** Runs kubectl to its end. Throws only if it cannot be started. */
export function runKubectl(
  program: string,
  home: string,
  args: readonly string[],
  { kubeconfig, ...input }: KubectlOptions,
): Promise<Ran> {
  // Its discovery cache goes below HOME and must not outlive the control plane it describes.
  const env = { PATH: "/usr/bin:/bin", HOME: home, KUBECONFIG: kubeconfig };
  return runProgram(program, args, { ...input, env });
}
