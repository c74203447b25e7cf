import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { timesOf } from "../measure/at-once.ts";
import type { BenchmarkRun, Comparison } from "../measure/comparison.ts";
import { admitterFor } from "../measure/direct-review.ts";
import { Figure } from "../measure/figure.ts";
import { creatorOn } from "../measure/https-post.ts";
import { WEBHOOKS, withAll } from "../programs/webhooks.ts";
import type { StartWebhook } from "../programs/webhooks.ts";
import { rotated } from "../measure/rotated.ts";
import { percentile } from "../measure/statistics.ts";
import { aClaim } from "../programs/claim.ts";
import { highestRate } from "./highest-rate.ts";

const API_SERVER = "API server, claims created by the client";
/** As many as keep all programs busy, and no more. */
const AT_ONCE = 16;

/** How many seconds a rate lasts. In a shorter time a single pause of the machine decides. */
export function secondsOfRate(quick: boolean): number {
  return quick ? 1 : 3;
}

/** How many requests a second are answered before the slowest take twice as long as one at a time. Reviews go straight to the webhooks. */
export async function measureRate(
  controlPlane: ControlPlane,
  start: StartWebhook,
  { progress, quick, rounds }: BenchmarkRun,
): Promise<Comparison[]> {
  const figure = new Figure(
    {
      id: "admission/rate",
      title: "Requests of one instance until p99 doubles",
      unit: "requests/s",
      better: "higher",
      goals: [{ against: API_SERVER, ratio: 0.85 }],
      floor: WEBHOOKS[1],
    },
    [...WEBHOOKS, API_SERVER],
  );
  await createNamespace(controlPlane.kubeConfig, "rate");
  const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
  const create = creatorOn(controlPlane, agent);
  const admit = admitterFor(agent, "rate");
  const createClaim = () =>
    create("/api/v1/namespaces/rate/persistentvolumeclaims", aClaim("rate"));
  const idle = quick ? 100 : 200;
  try {
    await withAll(start, async (ports) => {
      const ways = new Map<string, () => Promise<unknown>>([
        ...[...ports].map(([name, port]) => [name, () => admit(port)] as const),
        [API_SERVER, createClaim],
      ]);
      for (const send of ways.values()) await timesOf(2 * idle, AT_ONCE, send);
      // Chance decides which answers are slowest. So the slowest are sought among those of all turns together.
      const oneAtATime = new Map<string, number[]>(
        [...ways.keys()].map((name) => [name, []]),
      );
      for (let turn = 0; turn < rounds; turn += 1)
        for (const [name, send] of rotated([...ways], turn))
          oneAtATime.get(name)?.push(...(await timesOf(idle, 1, send)));
      for (let round = 0; round < rounds; round += 1)
        for (const [name, send] of rotated([...ways], round)) {
          progress(
            `round ${round + 1} of ${rounds}: rate of ${name}`,
            0.5 + (0.5 * round) / rounds,
          );
          const slowest = 2 * percentile(oneAtATime.get(name) ?? [], 0.99);
          figure.add(
            name,
            await rateOf(send, slowest, 2 * idle, secondsOfRate(quick)),
          );
        }
    });
  } finally {
    agent.destroy();
  }
  return [figure.comparison()];
}

/** Looks for the highest rate near the one at which the programs are busy all the time with so many requests. */
async function rateOf(
  send: () => Promise<unknown>,
  slowest: number,
  requests: number,
  seconds: number,
): Promise<number> {
  const begin = performance.now();
  await timesOf(requests, AT_ONCE, send);
  const busy = (requests * 1_000) / (performance.now() - begin);
  const holds = async (rate: number): Promise<boolean> =>
    percentile(await timesAtRate(send, rate, seconds), 0.99) <= slowest;
  return await highestRate(
    busy,
    async (rate) => (await holds(rate)) || (await holds(rate)),
  );
}

/** Sends requests at this rate, whether or not the earlier ones are answered, and returns how long each took. */
async function timesAtRate(
  send: () => Promise<unknown>,
  rate: number,
  seconds: number,
): Promise<number[]> {
  const begin = performance.now();
  const answers: Promise<number[]>[] = [];
  for (;;) {
    const elapsed = (performance.now() - begin) / 1_000;
    if (elapsed >= seconds) return (await Promise.all(answers)).flat();
    const due = Math.ceil(elapsed * rate);
    while (answers.length < due) {
      const answer = timesOf(1, 1, send);
      // It is reported when all are there.
      answer.catch(() => undefined);
      answers.push(answer);
    }
    await sleep(1);
  }
}
