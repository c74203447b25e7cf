/**
 * What a sweep takes in a cluster with many sets of pools, each on a volume that one node can mount:
 *     node tests/benchmarks/by-hand/sweep-of-pools.ts [sets, 10000 unless given] [nodes, 150 unless given]
 *
 * Every other set has a Pod. The first sweep writes down the node of each set; those after it have nothing to do.
 */
import { spread } from "../sweep/objects.ts";
import { showSweeps } from "./show-sweeps.ts";

const NAMESPACES = 200;

const sets = Number(process.argv[2] ?? 10_000);
const nodes = Number(process.argv[3] ?? 150);
await showSweeps(NAMESPACES, async (objects, namespaces) => {
  console.log(`creates ${sets} sets on ${nodes} nodes`);
  await objects.nodes(nodes);
  await objects.pooled(spread(0, sets, namespaces), nodes);
});
