/**
 * How long the creation of 300 Pods takes by itself, with new claims and on free sets:
 *     node tests/benchmarks/by-hand/creation-alone.ts [rounds, 5 unless given]
 *
 * The scheduler is stopped until all Pods exist. Otherwise Pods on free sets run at once, and take processor time from the creation of
 * the others, while Pods with new claims wait for their volumes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { LEASE_MS } from "../../../functions/contract/lease.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import { eventually } from "../../support/eventually.ts";
import { processesOf } from "../../support/processes-of.ts";
import { median } from "../measure/statistics.ts";
import { installRewriters } from "../ways/rewriters.ts";
import { DELETE, REUSE } from "../ways/ways.ts";
import { createWorkload } from "../ways/workload.ts";
import type { Workload } from "../ways/workload.ts";

const PODS = 300;
const PATIENCE_MS = 120_000;

await buildIfOld();
const rounds = Number(process.argv[2] ?? 5);
const controlPlane = await startControlPlane();
try {
  const rewriters = await installRewriters(controlPlane);
  try {
    const reusing = await createWorkload(controlPlane, "reuse", REUSE);
    await reusing.start(PODS);
    const times: { creating: number; handingOver: number }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      await reusing.end();
      const ended = performance.now();
      const namespace = `delete-${round}`;
      const deleting = await createWorkload(controlPlane, namespace, DELETE);
      const creating = await creationOf(deleting);
      await deleting.remove();
      await sleep(Math.max(0, ended + LEASE_MS + 1_000 - performance.now()));
      const handingOver = await creationOf(reusing);
      times.push({ creating, handingOver });
      console.log(
        `round ${round} of ${rounds}: ${creating.toFixed(1)} s with new claims, ${handingOver.toFixed(1)} s on free sets`,
      );
    }
    const creating = median(times.map((each) => each.creating));
    const handingOver = median(times.map((each) => each.handingOver));
    console.log(
      `medians: ${creating.toFixed(1)} s and ${handingOver.toFixed(1)} s, ${(handingOver / creating).toFixed(2)} times`,
    );
  } finally {
    await rewriters.stop();
  }
} finally {
  await controlPlane.stop();
}

/** Seconds from the change of the scale until all Pods exist. Returns when all run. */
async function creationOf({
  namespace,
  running,
  scale,
}: Workload): Promise<number> {
  const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  const listed = await processesOf(controlPlane.directory);
  const scheduler = listed.find(({ commandLine }) =>
    commandLine.includes("/kube-scheduler "),
  );
  if (!scheduler) throw new Error("no scheduler runs");
  process.kill(scheduler.pid, "SIGSTOP");
  try {
    const begun = performance.now();
    await scale(PODS);
    await eventually(
      `${PODS} Pods exist in ${namespace}`,
      async () => {
        // Asks for one: with hundreds, the question alone would keep the machine busy.
        const list = await core.listNamespacedPod({ namespace, limit: 1 });
        const others = list.metadata?.remainingItemCount ?? 0;
        return list.items.length + others >= PODS;
      },
      PATIENCE_MS,
    );
    return (performance.now() - begun) / 1_000;
  } finally {
    process.kill(scheduler.pid, "SIGCONT");
    await running(PODS);
  }
}
