/**
 * What a sweep takes where namespaces have few claims and thousands of Pods without claims, as many namespaces as it sweeps at once:
 *     node tests/benchmarks/by-hand/sweep-beside-pods.ts [Pods of each namespace, 20000 unless given]
 */
import { spread } from "../sweep/objects.ts";
import { showSweeps } from "./show-sweeps.ts";

/** The janitor's --concurrency. */
const NAMESPACES = 8;
const CLAIMS = 10;

const pods = Number(process.argv[2] ?? 20_000);
await showSweeps(NAMESPACES, async (objects, namespaces) => {
  console.log(
    `creates ${CLAIMS} claims and ${pods} Pods in each of ${NAMESPACES} namespaces`,
  );
  await objects.used(spread(0, NAMESPACES * CLAIMS, namespaces), true);
  await objects.bystanders(spread(0, NAMESPACES * pods, namespaces));
});
