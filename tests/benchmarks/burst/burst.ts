import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { freePort } from "../../control-plane/free-port.ts";
import { aPod } from "../../support/builders.ts";
import { webhookToken } from "../../support/function-on.ts";
import type {
  Benchmark,
  BenchmarkRun,
  Comparison,
} from "../measure/comparison.ts";
import { Figure } from "../measure/figure.ts";
import { registerEach } from "../programs/registered.ts";
import type { Usage } from "../programs/measured-program.ts";
import { namespaceOf, webhooksOn } from "../programs/webhooks.ts";
import type { Webhook } from "../programs/webhooks.ts";
import { rotated } from "../measure/rotated.ts";
import { clientFor } from "./create-at-once.ts";

const COMPARED = ["function", "bare handler"] as const;

type Compared = (typeof COMPARED)[number];

/** The smaller and the larger number of Pods. */
function sizesOf(quick: boolean): readonly [number, number] {
  return quick ? [200, 500] : [500, 2_000];
}

const [fewer, more] = sizesOf(false).map((size) => size.toLocaleString("en"));

/** Many Pods at once, through the API server. */
export const burst: Benchmark = {
  name: "burst",
  title: "Bursts",
  method: `A client creates ${fewer} and ${more} Pods at once through the API server, with the webhook registered. "From zero" means that the webhook's process starts with
the burst, and the calls wait until it listens. The processor time is that of the webhook, from zero with that of its start. There are no nodes and no scheduler:
the figures end when the API server has answered. A Pod that is not admitted fails the benchmark. The first round does not count.`,
  async run(run) {
    const controlPlane = await startControlPlane({
      controllers: false,
      nodes: 0,
    });
    try {
      return await measure(controlPlane, run);
    } finally {
      await controlPlane.stop();
    }
  },
};

async function measure(
  controlPlane: ControlPlane,
  { progress, quick, rounds }: BenchmarkRun,
): Promise<Comparison[]> {
  const sizes = sizesOf(quick);
  const figures = figuresFor(sizes);
  const startWebhook = await webhooksOn(controlPlane);
  const ports: Readonly<Record<Compared, number>> = {
    function: await freePort(),
    "bare handler": await freePort(),
  };
  const start = (name: Compared): Promise<Webhook> =>
    startWebhook(name, ports[name]);

  const first = await start("function");
  try {
    await registerEach(
      controlPlane,
      COMPARED.map((name) => ({
        namespace: namespaceOf(name),
        url: `https://127.0.0.1:${ports[name]}/mutate/${webhookToken}`,
      })),
    );
  } finally {
    await first.stop();
  }
  const client = clientFor(controlPlane, Math.max(...sizes));
  /** Creates so many Pods at once. Their times count from `begin`. */
  const burstOn = async (
    name: Compared,
    { usage }: Webhook,
    count: number,
    begin: number,
  ): Promise<Burst> => {
    const ends = await client.create(
      `/api/v1/namespaces/${namespaceOf(name)}/pods`,
      Array.from({ length: count }, () => aPod()),
    );
    return { times: ends.map((end) => end - begin), usage: await usage() };
  };
  /** From zero and then on the same instance, which is warm. */
  const measureInstance = async (
    name: Compared,
    [zero, warm]: readonly [number, number],
  ): Promise<{ fromZero: Burst; onWarm: Burst }> => {
    const begin = performance.now();
    const webhook = await start(name);
    try {
      return {
        fromZero: await burstOn(name, webhook, zero, begin),
        onWarm: await burstOn(name, webhook, warm, performance.now()),
      };
    } finally {
      await webhook.stop();
    }
  };

  try {
    for (let round = 0; round <= rounds; round += 1) {
      progress(
        round === 0 ? "warm-up" : `round ${round} of ${rounds}`,
        round / (rounds + 1),
      );
      for (const name of rotated(COMPARED, round))
        // An instance that began with one burst is warm for the other.
        for (const [zero, warm] of [sizes, sizes.toReversed()] as const) {
          const { fromZero, onWarm } = await measureInstance(name, [
            zero,
            warm,
          ]);
          if (round === 0) continue;
          figures.add(name, "zero", zero, fromZero);
          figures.add(name, "warm", warm, onWarm, fromZero.usage.cpuSeconds);
          if (warm === Math.max(...sizes))
            figures.addMemory(name, onWarm.usage.peakMemory);
        }
    }
  } finally {
    client.close();
  }
  return figures.comparisons();
}

/** What one burst took. */
interface Burst {
  /** Milliseconds until each Pod was created. */
  readonly times: readonly number[];
  /** Of the webhook, after the burst. */
  readonly usage: Usage;
}

type State = "warm" | "zero";

const STATES: Readonly<Record<State, string>> = {
  warm: "a warm instance",
  zero: "from zero",
};

function figuresFor(sizes: readonly number[]) {
  const bursts = sizes.flatMap((size) =>
    (["warm", "zero"] as const).map((state) => {
      const id = `burst/${size}-${state}`;
      const title = `${size.toLocaleString("en")} Pods at once, ${STATES[state]}`;
      return {
        size,
        state,
        all: new Figure(
          {
            id,
            title: `${title}, until all are created`,
            unit: "s",
            better: "lower",
          },
          COMPARED,
        ),
        cpuTime: new Figure(
          {
            id: `${id}-cpu-time`,
            title: `${title}, processor time of one admission`,
            unit: "ms",
            better: "lower",
          },
          COMPARED,
        ),
      };
    }),
  );
  const memory = new Figure(
    {
      id: `burst/${Math.max(...sizes)}-memory`,
      title: `Largest memory after ${Math.max(...sizes).toLocaleString("en")} Pods at once`,
      unit: "MiB",
      better: "lower",
    },
    COMPARED,
  );
  return {
    /** `cpuBefore` are the seconds of the processor that the webhook had taken before. */
    add(
      name: Compared,
      state: State,
      size: number,
      { times, usage }: Burst,
      cpuBefore = 0,
    ): void {
      const found = bursts.find(
        (each) => each.state === state && each.size === size,
      );
      found?.all.add(name, Math.max(...times) / 1_000);
      found?.cpuTime.add(name, ((usage.cpuSeconds - cpuBefore) * 1_000) / size);
    },
    addMemory(name: Compared, mebibytes: number): void {
      memory.add(name, mebibytes);
    },
    comparisons: (): Comparison[] => [
      ...bursts.flatMap(({ all, cpuTime }) =>
        [all, cpuTime].map((each) => each.comparison()),
      ),
      memory.comparison(),
    ],
  };
}
