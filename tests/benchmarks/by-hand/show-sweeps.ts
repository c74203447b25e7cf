import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { buildIfOld, JANITOR } from "../../support/built-programs.ts";
import { startMeasured, usageOfRun } from "../programs/measured-program.ts";
import { JANITOR_FLAGS } from "../sweep/compare.ts";
import { objectsOn, startForSweeps } from "../sweep/objects.ts";

const SWEEPS = 4;

/** Sweeps a few times in a control plane with so many namespaces, after `create`, and prints what each sweep takes and does. */
export async function showSweeps(
  count: number,
  create: (
    objects: ReturnType<typeof objectsOn>,
    namespaces: readonly string[],
  ) => Promise<void>,
): Promise<void> {
  await buildIfOld();
  const controlPlane = await startForSweeps();
  try {
    const objects = objectsOn(
      connectApiServer(controlPlane.kubeConfig, "benchmark"),
    );
    const namespaces = Array.from(
      { length: count },
      (_, index) => `swept-${index}`,
    );
    await objects.namespaces(namespaces);
    await create(objects, namespaces);
    for (let sweep = 1; sweep <= SWEEPS; sweep += 1)
      await showSweep(sweep, controlPlane.kubeconfigPath);
  } finally {
    await controlPlane.stop();
  }
}

async function showSweep(sweep: number, KUBECONFIG: string): Promise<void> {
  const begin = performance.now();
  const program = startMeasured(JANITOR, {
    args: ["--only-changes"],
    flags: JANITOR_FLAGS,
    env: { KUBECONFIG },
  });
  const { cpuSeconds, peakMemory } = await usageOfRun(program);
  const seconds = (performance.now() - begin) / 1_000;
  console.log(
    `sweep ${sweep}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time, at most ${peakMemory.toFixed(0)} MiB`,
  );
  console.log(program.stdout().trimEnd().split("\n").at(-1));
}
