import { RENDER } from "../../support/built-programs.ts";
import { runProgram } from "../../support/run-program.ts";
import type { Ran } from "../../support/run-program.ts";

/** The program's name, with which its messages begin. */
export const NAME = "stateful-deployments-render";

/** Runs it with arguments, a text for its standard input and flags of Node. */
export function render(
  args: readonly string[],
  input = "",
  nodeFlags: readonly string[] = [],
): Promise<Ran> {
  return runProgram(process.execPath, [...nodeFlags, RENDER, ...args], {
    input,
    // No cluster, no home, nothing to load.
    env: { PATH: process.env["PATH"], KUBECONFIG: "/nowhere" },
  });
}
