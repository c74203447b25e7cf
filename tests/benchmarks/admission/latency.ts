import { Agent } from "node:https";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { webhookToken } from "../../support/function-on.ts";
import { aPod } from "../../support/builders.ts";
import { timesOf } from "../measure/at-once.ts";
import type { BenchmarkRun, Comparison } from "../measure/comparison.ts";
import { Figure } from "../measure/figure.ts";
import { creatorOn } from "../measure/https-post.ts";
import { registerEach } from "../programs/registered.ts";
import { namespaceOf, WEBHOOKS, withAll } from "../programs/webhooks.ts";
import type { StartWebhook } from "../programs/webhooks.ts";
import { rotated } from "../measure/rotated.ts";
import { median, percentile } from "../measure/statistics.ts";
import { aClaim } from "../programs/claim.ts";

const BASELINE = "no-op webhook and one claim created";
const [PRODUCT, ...BARE_HANDLERS] = WEBHOOKS;
const SERIES = [PRODUCT, BASELINE, ...BARE_HANDLERS];
/** Where Pods are created that no webhook sees. */
const PLAIN = "default";
const AT_ONCE = 16;
/** Pods at once come in turns of so many. */
const TURN = 64;

/** How many Pods a round creates of each kind, one at a time and 16 at once. */
export function podsOf(quick: boolean): {
  oneAtATime: number;
  atOnce: number;
} {
  return quick
    ? { oneAtATime: 50, atOnce: 4 * TURN }
    : { oneAtATime: 200, atOnce: 8 * TURN };
}

/**
 * The time that is added to the creation of a Pod, through the API server: what a creation takes beyond the median of Pods that no
 * webhook sees.
 */
export async function measureLatency(
  controlPlane: ControlPlane,
  start: StartWebhook,
  { progress, quick, rounds }: BenchmarkRun,
): Promise<Comparison[]> {
  const pods = podsOf(quick);
  const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
  const create = creatorOn(controlPlane, agent);
  const createPod = (namespace: string) => () =>
    create(`/api/v1/namespaces/${namespace}/pods`, aPod());
  const createClaimAndPod = async (): Promise<void> => {
    await create(
      "/api/v1/namespaces/no-op/persistentvolumeclaims",
      aClaim("no-op"),
    );
    await createPod("no-op")();
  };
  const ways = new Map<string, () => Promise<void>>([
    ...WEBHOOKS.map((name) => [name, createPod(namespaceOf(name))] as const),
    [BASELINE, createClaimAndPod],
    [PLAIN, createPod(PLAIN)],
  ]);
  const oneAtATime = figuresOf("one at a time", "one-at-a-time");
  const atOnce = figuresOf(`${AT_ONCE} at once`, `${AT_ONCE}-at-once`);

  try {
    await withAll(start, async (ports) => {
      await registerEach(controlPlane, [
        ...[...ports].map(([name, port]) => ({
          namespace: namespaceOf(name),
          url: `https://127.0.0.1:${port}/mutate/${webhookToken}`,
        })),
        {
          namespace: "no-op",
          url: `https://127.0.0.1:${ports.get("bare handler")}/no-op`,
        },
      ]);
      for (const work of ways.values())
        await timesOf(pods.oneAtATime, AT_ONCE, work);
      for (let round = 0; round < rounds; round += 1) {
        progress(
          `round ${round + 1} of ${rounds}: latency`,
          0.25 + (0.25 * round) / rounds,
        );
        oneAtATime.add(await byTurns(ways, pods.oneAtATime, 1, 1));
        atOnce.add(await byTurns(ways, pods.atOnce / TURN, TURN, AT_ONCE));
      }
    });
  } finally {
    agent.destroy();
  }
  return [...oneAtATime.comparisons(), ...atOnce.comparisons()];
}

/** The times of each way, by turns of so many Pods: what else happens on the machine, happens to all ways. */
async function byTurns(
  ways: ReadonlyMap<string, () => Promise<unknown>>,
  turns: number,
  count: number,
  atOnce: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(
    [...ways.keys()].map((name) => [name, []]),
  );
  for (let turn = 0; turn < turns; turn += 1)
    for (const [name, work] of rotated([...ways], turn))
      times.get(name)?.push(...(await timesOf(count, atOnce, work)));
  return times;
}

/** The figures of one kind of load. */
function figuresOf(load: string, id: string) {
  const figures = [0.5, 0.99].map((share) => ({
    share,
    figure: new Figure(
      {
        id: `admission/latency-${id}-p${share * 100}`,
        title: `Latency added to a Pod create, ${load}, p${share * 100}`,
        unit: "ms",
        better: "lower",
        goals: [{ against: BASELINE, ratio: 1.2 }],
        floor: BARE_HANDLERS[0],
      },
      SERIES,
    ),
  }));
  return {
    add(times: ReadonlyMap<string, readonly number[]>): void {
      const plain = median(times.get(PLAIN) ?? []);
      for (const { figure, share } of figures)
        for (const name of SERIES)
          figure.add(name, percentile(times.get(name) ?? [], share) - plain);
    },
    comparisons: () => figures.map(({ figure }) => figure.comparison()),
  };
}
