import { setTimeout as sleep } from "node:timers/promises";
import { podsIn } from "../cluster.ts";
import { admitPod } from "./admission.ts";
import type { Watched } from "./cold-start.ts";
import type { Variant } from "./variants.ts";

/** Longer than Knative takes to scale to zero with the window of this benchmark, 10 s, and its grace period, 30 s. */
export const idleSeconds = 60;

/** The settings with which the function does not go to zero, or later. */
export const idleSettings: readonly Variant[] = [
  { name: "as installed" },
  {
    name: '`min-scale: "1"`',
    annotations: { "autoscaling.knative.dev/min-scale": "1" },
  },
  {
    name: "`scale-to-zero-pod-retention-period: 10m`",
    annotations: {
      "autoscaling.knative.dev/scale-to-zero-pod-retention-period": "10m",
    },
  },
];

/** What was found after the function had nothing to do for `idleSeconds`. */
export interface AfterIdle {
  readonly setting: Variant;
  /** Pods of it that still ran. */
  readonly pods: readonly number[];
  /** What the first admission then took, in ms. */
  readonly first: readonly number[];
}

/** Lets the function be idle `count` times, and sends it a Pod after each. */
export async function afterIdle(
  setting: Variant,
  { namespace, selector }: Watched,
  count: number,
): Promise<AfterIdle> {
  const pods: number[] = [];
  const first: number[] = [];
  // Until the Pods of the setting before are gone.
  await admitPod({ annotated: true });
  await sleep(idleSeconds * 1_000);
  for (let round = 1; round <= count; round += 1) {
    await admitPod({ annotated: true });
    await sleep(idleSeconds * 1_000);
    const running = (await podsIn(namespace, selector)).filter(
      ({ metadata }) => metadata?.deletionTimestamp === undefined,
    );
    pods.push(running.length);
    first.push(await admitPod({ annotated: true }));
    console.log(
      `${setting.name}, idle for ${idleSeconds} s, round ${round} of ${count}: ${running.length} Pods, admission ${Math.round(first.at(-1) ?? 0)} ms`,
    );
  }
  return { setting, pods, first };
}
