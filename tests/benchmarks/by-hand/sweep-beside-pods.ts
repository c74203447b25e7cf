/**
 * What a sweep takes where namespaces have few claims and thousands of Pods without claims, as many namespaces as it sweeps at once:
 *     node tests/benchmarks/by-hand/sweep-beside-pods.ts [Pods of each namespace, 20000 unless given]
 */
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import { objectsOn, spread, startForSweeps } from "../sweep/objects.ts";
import { showSweeps } from "./show-sweeps.ts";

/** The janitor's --concurrency. */
const NAMESPACES = 8;
const CLAIMS = 10;
const SWEEPS = 4;

await buildIfOld();
const pods = Number(process.argv[2] ?? 20_000);
const controlPlane = await startForSweeps();
try {
  const objects = objectsOn(
    connectApiServer(controlPlane.kubeConfig, "benchmark"),
  );
  const namespaces = Array.from(
    { length: NAMESPACES },
    (_, index) => `pods-${index}`,
  );
  console.log(
    `creates ${CLAIMS} claims and ${pods} Pods in each of ${NAMESPACES} namespaces`,
  );
  await objects.namespaces(namespaces);
  await objects.used(spread(0, NAMESPACES * CLAIMS, namespaces), true);
  await objects.bystanders(spread(0, NAMESPACES * pods, namespaces));
  await showSweeps(controlPlane, SWEEPS);
} finally {
  await controlPlane.stop();
}
