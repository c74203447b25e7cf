import { setTimeout as sleep } from "node:timers/promises";
import { functionPods } from "../steps/cluster.ts";
import { admitPod } from "./services.ts";

/** Longer than Knative takes to scale to zero with the window of this benchmark, 10 s, and its grace period, 30 s. */
export const idleSeconds = 60;

/** Annotations of the function's Pods with which it stays, or stays longer; null is what the manifest has. */
export const idleSettings = [
  { name: "as installed", annotations: {} },
  {
    name: '`min-scale: "1"`',
    annotations: { "autoscaling.knative.dev/min-scale": "1" },
  },
  {
    name: "`scale-to-zero-pod-retention-period: 10m`",
    annotations: {
      "autoscaling.knative.dev/min-scale": "0",
      "autoscaling.knative.dev/scale-to-zero-pod-retention-period": "10m",
    },
  },
] as const;

/** What was found after the function had nothing to do for `idleSeconds`. */
export interface AfterIdle {
  readonly setting: string;
  /** Its Pods that still ran. */
  readonly pods: readonly number[];
  /** What the first admission then took, in ms. */
  readonly first: readonly number[];
}

/** Lets the function be idle `count` times, and creates a Pod after each. */
export async function afterIdle(
  setting: string,
  count: number,
): Promise<AfterIdle> {
  const pods: number[] = [];
  const first: number[] = [];
  // The first round waits until the Pods of the setting before are gone.
  for (let round = 0; round <= count; round += 1) {
    await admitPod({ annotated: true });
    await sleep(idleSeconds * 1_000);
    if (round === 0) continue;
    const running = (await functionPods()).filter(
      ({ metadata }) => metadata?.deletionTimestamp === undefined,
    );
    const startedAt = performance.now();
    await admitPod({ annotated: true });
    first.push(performance.now() - startedAt);
    pods.push(running.length);
    console.log(
      `${setting}, idle for ${idleSeconds} s, round ${round} of ${count}: ${running.length} Pods, admission ${Math.round(first.at(-1) ?? 0)} ms`,
    );
  }
  return { setting, pods, first };
}
