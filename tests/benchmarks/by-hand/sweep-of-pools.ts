/**
 * What a sweep takes in a cluster with many sets of pools, each on a volume that one node can mount:
 *     node tests/benchmarks/by-hand/sweep-of-pools.ts [sets, 10000 unless given] [nodes, 150 unless given]
 *
 * Every other set has a Pod. The first sweep writes down the node of each set; those after it have nothing to do.
 */
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { buildIfOld, JANITOR } from "../../support/built-programs.ts";
import { startMeasured, usageOfRun } from "../programs/measured-program.ts";
import { JANITOR_FLAGS } from "../sweep/compare.ts";
import { objectsOn, spread, startForSweeps } from "../sweep/objects.ts";

const NAMESPACES = 200;
const SWEEPS = 4;

await buildIfOld();
const sets = Number(process.argv[2] ?? 10_000);
const nodes = Number(process.argv[3] ?? 150);
const controlPlane = await startForSweeps();
try {
  const objects = objectsOn(
    connectApiServer(controlPlane.kubeConfig, "benchmark"),
  );
  const namespaces = Array.from(
    { length: NAMESPACES },
    (_, index) => `pools-${index}`,
  );
  console.log(`creates ${sets} sets on ${nodes} nodes`);
  await objects.namespaces(namespaces);
  await objects.nodes(nodes);
  await objects.pooled(spread(0, sets, namespaces), nodes);
  for (let sweep = 1; sweep <= SWEEPS; sweep += 1) {
    const begin = performance.now();
    const program = startMeasured(JANITOR, {
      args: ["--only-changes"],
      flags: JANITOR_FLAGS,
      env: { KUBECONFIG: controlPlane.kubeconfigPath },
    });
    const { cpuSeconds, peakMemory } = await usageOfRun(program);
    const seconds = (performance.now() - begin) / 1_000;
    console.log(
      `sweep ${sweep}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time, at most ${peakMemory.toFixed(0)} MiB`,
    );
    console.log(program.stdout().trimEnd().split("\n").at(-1));
  }
} finally {
  await controlPlane.stop();
}
