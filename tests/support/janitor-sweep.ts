import type { Summary } from "../../janitor/report/summary.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { JANITOR } from "./built-programs.ts";
import { startProgram } from "./program.ts";

/** What the program says of a sweep with `--output=json`. */
export interface SweepOutput {
  readonly claims: readonly {
    readonly name: string;
    readonly decision: string;
    readonly reason: string;
  }[];
  readonly summary: Summary;
}

/**
 * Runs the janitor's program once on one namespace, with a grace period that may be as short as a test can wait.
 * Throws what it complained of unless it exits with 0.
 */
export async function sweepNamespace(
  { kubeconfigPath }: Pick<ControlPlane, "kubeconfigPath">,
  namespace: string,
  gracePeriod = "0s",
): Promise<SweepOutput> {
  const janitor = startProgram(JANITOR, {
    args: [
      `--namespace=${namespace}`,
      "--output=json",
      `--grace-period=${gracePeriod}`,
      "--unsafe-grace-period",
    ],
    env: { KUBECONFIG: kubeconfigPath },
  });
  const code = await janitor.exited;
  if (code !== 0)
    throw new Error(`the janitor exited with ${code}: ${janitor.stderr()}`);
  return JSON.parse(janitor.stdout()) as SweepOutput;
}
