import { Agent } from "node:https";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { timesOf } from "../measure/at-once.ts";
import type { BenchmarkRun, Comparison, Goal } from "../measure/comparison.ts";
import { admitterFor } from "../measure/direct-review.ts";
import { Figure } from "../measure/figure.ts";
import { WEBHOOKS } from "../programs/webhooks.ts";
import type { StartWebhook } from "../programs/webhooks.ts";
import { rotated } from "../measure/rotated.ts";

const AT_ONCE = 16;

/** The same ratio to each bare handler. */
function goalsOf(ratio: number): Goal[] {
  return WEBHOOKS.slice(1).map((against) => ({ against, ratio }));
}

/** How many admissions warm a fresh instance up, and how many are measured then. */
export function admissionsOf(quick: boolean): number {
  return quick ? 500 : 1_000;
}

/** Processor time and memory, of fresh instances in each round. Reviews go straight to the webhooks. */
export async function measureCost(
  controlPlane: ControlPlane,
  start: StartWebhook,
  { progress, quick, rounds }: BenchmarkRun,
): Promise<Comparison[]> {
  const admissions = admissionsOf(quick);
  const cpuTime = new Figure(
    {
      id: "admission/cpu-time",
      title: "Processor time of one admission",
      unit: "ms",
      better: "lower",
      goals: goalsOf(1.25),
    },
    WEBHOOKS,
  );
  const memory = new Figure(
    {
      id: "admission/memory",
      title: `Memory after ${admissions.toLocaleString("en")} admissions`,
      unit: "MiB",
      better: "lower",
      goals: goalsOf(1.5),
    },
    WEBHOOKS,
  );
  const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
  const send = admitterFor(agent, "cost");
  await createNamespace(controlPlane.kubeConfig, "cost");
  try {
    for (let round = 0; round < rounds; round += 1) {
      progress(
        `round ${round + 1} of ${rounds}: processor time and memory`,
        (0.25 * round) / rounds,
      );
      for (const name of rotated(WEBHOOKS, round)) {
        const webhook = await start(name);
        try {
          const admit = () => send(webhook.port);
          await timesOf(admissions, AT_ONCE, admit);
          const warm = await webhook.usage();
          await timesOf(admissions, AT_ONCE, admit);
          const { cpuSeconds } = await webhook.usage();
          memory.add(name, warm.memory);
          cpuTime.add(
            name,
            ((cpuSeconds - warm.cpuSeconds) * 1_000) / admissions,
          );
        } finally {
          await webhook.stop();
        }
      }
    }
  } finally {
    agent.destroy();
  }
  return [cpuTime.comparison(), memory.comparison()];
}
