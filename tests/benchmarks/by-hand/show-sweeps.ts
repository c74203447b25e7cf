import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { startMeasured, usageOfRun } from "../programs/measured-program.ts";
import { JANITOR_FLAGS } from "../sweep/compare.ts";

/** Sweeps so many times, and prints what each sweep takes and does. */
export async function showSweeps(
  { kubeconfigPath }: Pick<ControlPlane, "kubeconfigPath">,
  sweeps: number,
): Promise<void> {
  for (let sweep = 1; sweep <= sweeps; sweep += 1) {
    const begin = performance.now();
    const program = startMeasured(JANITOR, {
      args: ["--only-changes"],
      flags: JANITOR_FLAGS,
      env: { KUBECONFIG: kubeconfigPath },
    });
    const { cpuSeconds, peakMemory } = await usageOfRun(program);
    const seconds = (performance.now() - begin) / 1_000;
    console.log(
      `sweep ${sweep}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time, at most ${peakMemory.toFixed(0)} MiB`,
    );
    console.log(program.stdout().trimEnd().split("\n").at(-1));
  }
}
