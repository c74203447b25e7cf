import { setTimeout as sleep } from "node:timers/promises";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { FUNCTION } from "../../support/built-programs.ts";
import { functionMemoryLimit } from "../../support/function-memory-limit.ts";
import { LARGE_REVIEWS, sendLarge } from "../../support/large-reviews.ts";
import type {
  Benchmark,
  BenchmarkRun,
  Comparison,
} from "../measure/comparison.ts";
import { Figure } from "../measure/figure.ts";
import { startListening } from "../programs/measured-program.ts";
import { WEBHOOK_FLAGS, WEBHOOKS, webhooksOn } from "../programs/webhooks.ts";
import type { StartWebhook } from "../programs/webhooks.ts";

/** After it the start is over. */
const IDLE_MS = 2_000;

/** Most of them are turned away for a second, as often as it takes. */
function bodiesOf(quick: boolean): number {
  return quick ? 10 : 20;
}

/** How much memory the function takes, by which the manifest's request and limit were chosen. */
export const memory: Benchmark = {
  name: "memory",
  title: "Memory of the function",
  method: `The idle function ${IDLE_MS / 1_000} seconds after its start, and the function with ${bodiesOf(false)} reviews of 20 MiB at once, which is nearly as much as it reads. What a
body takes depends on what is in it. The limit is that of the manifest.`,
  async run(run) {
    const controlPlane = await startControlPlane({
      controllers: false,
      nodes: 0,
    });
    try {
      return [
        await measureIdle(await webhooksOn(controlPlane), run),
        ...(await measureLarge(controlPlane, run)),
      ];
    } finally {
      await controlPlane.stop();
    }
  },
};

async function measureIdle(
  start: StartWebhook,
  { progress, rounds }: BenchmarkRun,
): Promise<Comparison> {
  const figure = new Figure(
    {
      id: "memory/idle",
      title: "Memory of an idle instance",
      unit: "MiB",
      better: "lower",
    },
    WEBHOOKS,
  );
  progress("idle", 0);
  for (let round = 0; round < rounds; round += 1)
    for (const name of WEBHOOKS) {
      const webhook = await start(name);
      try {
        await sleep(IDLE_MS);
        figure.add(name, (await webhook.usage()).memory);
      } finally {
        await webhook.stop();
      }
    }
  return figure.comparison();
}

async function measureLarge(
  { kubeconfigPath }: ControlPlane,
  { progress, quick, rounds }: BenchmarkRun,
): Promise<Comparison[]> {
  const bodies = bodiesOf(quick);
  const comparisons: Comparison[] = [];
  const kinds = Object.entries(LARGE_REVIEWS);
  for (const [index, [kind, make]] of kinds.entries()) {
    progress(kind, (1 + index) / (1 + kinds.length));
    const figure = new Figure(
      {
        id: `memory/${bodies}-large-${kind.replaceAll(" ", "-")}`,
        title: `Largest memory with ${bodies} bodies of 20 MiB, ${kind}`,
        unit: "MiB",
        better: "lower",
        limit: functionMemoryLimit(),
      },
      ["function"],
    );
    // With the largest bodies a round takes long.
    for (let round = 0; round < (quick ? 1 : rounds); round += 1)
      figure.add("function", await peakWith(kubeconfigPath, make(), bodies));
    comparisons.push(figure.comparison());
  }
  return comparisons;
}

/** The largest memory of a fresh function that gets so many of a body at once. */
async function peakWith(
  KUBECONFIG: string,
  body: Buffer,
  bodies: number,
): Promise<number> {
  const program = await startListening(FUNCTION, {
    flags: WEBHOOK_FLAGS,
    env: { KUBECONFIG, PORT: "0" },
  });
  try {
    const { admitted } = await sendLarge(program.port, body, bodies);
    if (admitted !== bodies)
      throw new Error(`${admitted} of ${bodies} large bodies were admitted`);
    return (await program.usage()).peakMemory;
  } finally {
    program.process.kill("SIGKILL");
    await program.exited;
  }
}
