import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { JANITOR } from "../../support/built-programs.ts";
import type { BenchmarkRun, Comparison, Goal } from "../measure/comparison.ts";
import { Figure } from "../measure/figure.ts";
import { rotated } from "../measure/rotated.ts";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { startMeasured, usageOfRun } from "../programs/measured-program.ts";
import type { Usage } from "../programs/measured-program.ts";
import { requestsAnswered } from "./requests.ts";

/** As in the image, and what Node has within the memory limit of the manifest. */
export const JANITOR_FLAGS = "--max-semi-space-size=8 --max-old-space-size=256";

const PRODUCT = "janitor";

/** The janitor, and a program that sends the same requests and decides nothing. */
export interface Sweep {
  readonly id: string;
  readonly title: string;
  readonly janitor: readonly string[];
  /** What the other program is called. */
  readonly against: string;
  readonly baseline: readonly string[];
  /** A program that lists each namespace once and then deletes. */
  readonly floor?: { readonly name: string; readonly args: readonly string[] };
  /** Must be in the janitor's summary. */
  readonly expected: string;
  /** Runs before each of them. */
  readonly prepare?: () => Promise<void>;
  /** For sweeps that change something: how many changes, of which kind, and the rate to reach. */
  readonly changes?: {
    readonly count: number;
    readonly unit: "deletes/s" | "adoptions/s";
    readonly goal?: number;
  };
  /** The most that the janitor should take, for sweeps that change nothing. */
  readonly most?: {
    /** In times of the other program. */
    readonly time: number;
    readonly cpuTime: number;
    /** In MiB. */
    readonly memory: number;
  };
}

/** One run of a program. */
interface Measured {
  readonly usage: Usage;
  readonly seconds: number;
  readonly requests: number;
}

/** Compares them in wall time, processor time, largest memory and, where something changes, in requests for each change. A round that does not count warms up. */
export async function compare(
  { kubeConfig, kubeconfigPath }: ControlPlane,
  baselines: string,
  sweep: Sweep,
  { progress, rounds }: Pick<BenchmarkRun, "progress" | "rounds">,
): Promise<Comparison[]> {
  const { expected, floor, prepare = () => Promise.resolve() } = sweep;
  const figures = figuresOf(sweep);
  const api = connectApiServer(kubeConfig, "benchmark");
  const measure = async (entry: string, args: readonly string[]) => {
    await prepare();
    const before = await requestsAnswered(api);
    const begin = performance.now();
    const program = startMeasured(entry, {
      args,
      flags: JANITOR_FLAGS,
      env: { KUBECONFIG: kubeconfigPath },
    });
    const usage = await usageOfRun(program);
    const seconds = (performance.now() - begin) / 1_000;
    return {
      usage,
      seconds,
      requests: (await requestsAnswered(api)) - before,
      summary: program.stdout().trimEnd().split("\n").at(-1) ?? "",
    };
  };
  const programs = [
    { name: PRODUCT, run: () => measure(JANITOR, sweep.janitor) },
    { name: sweep.against, run: () => measure(baselines, sweep.baseline) },
    ...(floor
      ? [{ name: floor.name, run: () => measure(baselines, floor.args) }]
      : []),
  ];
  for (let round = 0; round <= rounds; round += 1) {
    progress(
      `${sweep.title}, ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}`,
    );
    for (const { name, run } of rotated(programs, round)) {
      const measured = await run();
      if (name === PRODUCT && !measured.summary.includes(expected))
        throw new Error(`${sweep.title}: ${measured.summary}, not ${expected}`);
      if (round > 0) figures.add(name, measured);
    }
  }
  return figures.comparisons();
}

function figuresOf({ against, changes, floor, id, most, title }: Sweep) {
  const names = [PRODUCT, against, ...(floor ? [floor.name] : [])];
  const goalsOf = (ratio: number | undefined): Goal[] =>
    ratio === undefined ? [] : [{ against, ratio }];
  const speed = new Figure(
    changes
      ? {
          id,
          title,
          unit: changes.unit,
          better: "higher",
          goals: goalsOf(changes.goal),
          ...(floor && { floor: floor.name }),
        }
      : {
          id,
          title: `${title}, time`,
          unit: "s",
          better: "lower",
          goals: goalsOf(most?.time),
        },
    names,
  );
  const cpuTime = new Figure(
    {
      id: `${id}-cpu-time`,
      title: `${title}, processor time`,
      unit: "s",
      better: "lower",
      goals: goalsOf(most?.cpuTime),
    },
    names,
  );
  const largest = new Figure(
    {
      id: `${id}-memory`,
      title: `${title}, largest memory`,
      unit: "MiB",
      better: "lower",
      ...(most && { limit: most.memory }),
    },
    names,
  );
  const requests =
    changes &&
    new Figure(
      {
        id: `${id}-requests`,
        title: `${title}, requests for each`,
        unit: "requests",
        better: "lower",
      },
      names,
    );
  return {
    add(name: string, { requests: sent, seconds, usage }: Measured): void {
      speed.add(name, changes ? changes.count / seconds : seconds);
      cpuTime.add(name, usage.cpuSeconds);
      largest.add(name, usage.peakMemory);
      if (changes) requests?.add(name, sent / changes.count);
    },
    comparisons: () =>
      [speed, cpuTime, largest, requests]
        .filter((each) => each !== undefined)
        .map((each) => each.comparison()),
  };
}
